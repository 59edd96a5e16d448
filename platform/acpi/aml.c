/*
 * What can be read from the DSDT's byte code without running it (ACPI 6.4, section 20.2): named packages and buffers
 * whose contents are constants, which is how every hypervisor writes them.
 */
#include <acpi/table.h>

#include <string.h>

#include <x86_64/nucleus/gate.h>

#define AML_ZERO         0x00u
#define AML_ONE          0x01u
#define AML_NAME         0x08u
#define AML_BYTE         0x0au
#define AML_WORD         0x0bu
#define AML_DWORD        0x0cu
#define AML_STRING       0x0du
#define AML_BUFFER       0x11u
#define AML_PACKAGE      0x12u
#define AML_EXTENDED     0x5bu
#define AML_REGION       0x80u /* these two after AML_EXTENDED */
#define AML_DEVICE       0x82u
#define AML_ROOT         0x5cu
#define AML_NAME_SEGMENT 4u

#define SPACE_MEMORY 0u
#define OEM_OFFSET   10u /* in a table's header */
#define OEM_BYTES    6u

/* A reader that never passes the end: after a failure `good` stays false and reads give 0. */
struct reader {
        struct acpi_bytes bytes;
        size_t at;
        bool good;
};

static uint8_t next_byte(struct reader *reader)
{
        if (!reader->good || reader->at >= reader->bytes.count) {
                reader->good = false;
                return 0;
        }
        return reader->bytes.data[reader->at++];
}

static void expect(struct reader *reader, uint8_t byte)
{
        if (next_byte(reader) != byte)
                reader->good = false;
}

/* Section 20.2.4. The length counts its own bytes; what is returned is what lies behind them. */
static struct acpi_bytes next_package(struct reader *reader)
{
        const size_t start = reader->at;
        const uint8_t lead = next_byte(reader);
        const unsigned more = lead >> 6;
        size_t length = more == 0 ? (lead & 0x3fu) : (lead & 0x0fu);
        for (unsigned i = 0; i < more; i++)
                length |= (size_t)next_byte(reader) << (4 + 8 * i);
        const size_t used = reader->at - start;
        if (!reader->good || length < used || length > reader->bytes.count - start) {
                reader->good = false;
                return (struct acpi_bytes){reader->bytes.data, 0};
        }
        return (struct acpi_bytes){reader->bytes.data + reader->at, length - used};
}

/* Section 20.2.3. */
static uint32_t next_integer(struct reader *reader)
{
        uint32_t value = 0;
        unsigned width = 0;
        switch (next_byte(reader)) {
        case AML_ZERO:
                return 0;
        case AML_ONE:
                return 1;
        case AML_BYTE:
                width = 1;
                break;
        case AML_WORD:
                width = 2;
                break;
        case AML_DWORD:
                width = 4;
                break;
        default:
                reader->good = false;
        }
        for (unsigned i = 0; i < width; i++)
                value |= (uint32_t)next_byte(reader) << (8 * i);
        return value;
}

/* A reader just behind the n-th `Name (SEGMENT, ...)` from `from` on; not good when there is none. */
static struct reader find_name(struct acpi_bytes bytes, size_t from, const char *segment)
{
        for (size_t at = from; bytes.count >= AML_NAME_SEGMENT && at <= bytes.count - AML_NAME_SEGMENT; at++) {
                if (memcmp(bytes.data + at, segment, AML_NAME_SEGMENT) != 0)
                        continue;
                size_t opcode = at;
                if (opcode > 0 && bytes.data[opcode - 1] == AML_ROOT)
                        opcode--;
                if (opcode > 0 && bytes.data[opcode - 1] == AML_NAME)
                        return (struct reader){bytes, at + AML_NAME_SEGMENT, true};
        }
        return (struct reader){bytes, bytes.count, false};
}

bool acpi_find_s5(struct acpi_bytes dsdt, uint8_t *type_a, uint8_t *type_b)
{
        struct reader reader = find_name(dsdt, ACPI_HEADER_BYTES, "_S5_");
        while (reader.good) {
                const size_t behind = reader.at;
                expect(&reader, AML_PACKAGE);
                struct reader elements = {next_package(&reader), 0, reader.good};
                const uint8_t count = next_byte(&elements);
                const uint32_t a = next_integer(&elements);
                const uint32_t b = count >= 2 ? next_integer(&elements) : a;
                if (elements.good && count >= 1) {
                        *type_a = (uint8_t)(a & 7);
                        *type_b = (uint8_t)(b & 7);
                        return true;
                }
                reader = find_name(dsdt, behind, "_S5_");
        }
        return false;
}

/* ---- Resource descriptors, section 6.4 ---- */

#define RESOURCE_IRQ       0x04u /* small items: the type is in bits 3-6 */
#define RESOURCE_END       0x0fu
#define RESOURCE_LARGE     0x80u
#define RESOURCE_MEMORY32F 0x86u
#define RESOURCE_DWORD     0x87u
#define RESOURCE_INTERRUPT 0x89u
#define RESOURCE_QWORD     0x8au
#define INTERRUPT_EDGE     0x02u
#define INTERRUPT_LOW      0x04u

static void read_large(uint8_t type, struct acpi_bytes body, struct acpi_virtio_mmio *device, bool *has_interrupt)
{
        uint64_t base = 0;
        uint64_t bytes = 0;
        if (type == RESOURCE_MEMORY32F) {
                base = acpi_u32(body, 1);
                bytes = acpi_u32(body, 5);
        } else if (type == RESOURCE_DWORD && acpi_u8(body, 0) == 0) {
                base = acpi_u32(body, 7);
                bytes = acpi_u32(body, 19);
        } else if (type == RESOURCE_QWORD && acpi_u8(body, 0) == 0) {
                base = acpi_u64(body, 11);
                bytes = acpi_u64(body, 35);
        } else if (type == RESOURCE_INTERRUPT && body.count >= 6 && !*has_interrupt) {
                const uint8_t flags = acpi_u8(body, 0);
                device->gsi = acpi_u32(body, 2);
                device->irq_flags = ((flags & INTERRUPT_EDGE) == 0 ? GATE_IRQ_LEVEL : 0) |
                                    ((flags & INTERRUPT_LOW) != 0 ? GATE_IRQ_ACTIVE_LOW : 0);
                *has_interrupt = true;
        }
        if (bytes != 0 && device->bytes == 0) {
                device->base = base;
                device->bytes = bytes;
        }
}

static void read_small_interrupt(struct acpi_bytes body, struct acpi_virtio_mmio *device, bool *has_interrupt)
{
        const uint16_t mask = acpi_u16(body, 0);
        for (unsigned isa = 0; isa < 16 && !*has_interrupt; isa++) {
                if ((mask >> isa & 1) != 0) {
                        device->gsi = isa;
                        device->irq_flags = 0;
                        *has_interrupt = true;
                }
        }
}

static bool read_resources(struct acpi_bytes list, struct acpi_virtio_mmio *device)
{
        struct reader reader = {list, 0, true};
        bool has_interrupt = false;
        memset(device, 0, sizeof(*device));
        while (reader.good && reader.at < list.count) {
                const uint8_t tag = next_byte(&reader);
                size_t length = tag & 7u;
                if ((tag & RESOURCE_LARGE) != 0) {
                        length = next_byte(&reader);
                        length |= (size_t)next_byte(&reader) << 8;
                }
                if (!reader.good || length > list.count - reader.at)
                        break;
                const struct acpi_bytes body = {list.data + reader.at, length};
                if ((tag & RESOURCE_LARGE) != 0)
                        read_large(tag, body, device, &has_interrupt);
                else if ((tag >> 3 & 15u) == RESOURCE_IRQ)
                        read_small_interrupt(body, device, &has_interrupt);
                else if ((tag >> 3 & 15u) == RESOURCE_END)
                        break;
                reader.at += length;
        }
        return has_interrupt;
}

/* ---- Devices: `Device (NAME) { Name (_HID, "LNRO0005") ... Name (_CRS, Buffer { descriptors }) }` ---- */

#define HARDWARE_ID_BYTES 9u /* the final NUL included */

static bool has_hardware_id(struct acpi_bytes body, const char *hardware_id)
{
        struct reader id = find_name(body, 0, "_HID");
        expect(&id, AML_STRING);
        return id.good && body.count - id.at >= HARDWARE_ID_BYTES &&
               memcmp(body.data + id.at, hardware_id, HARDWARE_ID_BYTES) == 0;
}

/* What its _CRS says. False when there is no interrupt among it. */
static bool read_device(struct acpi_bytes body, struct acpi_virtio_mmio *device)
{
        struct reader resources = find_name(body, 0, "_CRS");
        expect(&resources, AML_BUFFER);
        struct reader buffer = {next_package(&resources), 0, resources.good};
        (void)next_integer(&buffer); /* its size: the package says how much there is */
        if (!buffer.good)
                return false;
        return read_resources((struct acpi_bytes){buffer.bytes.data + buffer.at, buffer.bytes.count - buffer.at},
                              device);
}

/* The body of the first device with a hardware ID from *at on, which then points behind it. False: there is none. */
static bool next_device(struct acpi_bytes dsdt, size_t *at, const char *hardware_id, struct acpi_bytes *body)
{
        for (; *at + 2 < dsdt.count; ++*at) {
                if (dsdt.data[*at] != AML_EXTENDED || dsdt.data[*at + 1] != AML_DEVICE)
                        continue;
                struct reader reader = {dsdt, *at + 2, true};
                *body = next_package(&reader);
                if (!reader.good || !has_hardware_id(*body, hardware_id))
                        continue;
                *at = reader.at + body->count; /* one device is one match, whatever is nested in it */
                return true;
        }
        return false;
}

bool acpi_find_virtio_mmio(struct acpi_bytes dsdt, unsigned n, struct acpi_virtio_mmio *device)
{
        struct acpi_bytes body;
        size_t at = ACPI_HEADER_BYTES;
        while (next_device(dsdt, &at, "LNRO0005", &body))
                if (read_device(body, device) && device->bytes != 0 && n-- == 0)
                        return true;
        return false;
}

/* `OperationRegion (NAME, SystemMemory, address, length)`: the first one's address, 0 when there is none. */
static uint64_t find_region(struct acpi_bytes body)
{
        for (size_t at = 0; at + 2 < body.count; at++) {
                if (body.data[at] != AML_EXTENDED || body.data[at + 1] != AML_REGION)
                        continue;
                struct reader reader = {body, at + 2 + AML_NAME_SEGMENT, true};
                const bool in_memory = next_byte(&reader) == SPACE_MEMORY;
                const uint32_t address = next_integer(&reader);
                const uint32_t bytes = next_integer(&reader);
                if (reader.good && in_memory && bytes == sizeof(uint32_t))
                        return address;
        }
        return 0;
}

bool acpi_find_event_device(struct acpi_bytes dsdt, struct acpi_event_device *device)
{
        struct acpi_bytes body;
        struct acpi_virtio_mmio resources;
        size_t at = ACPI_HEADER_BYTES;
        if (dsdt.count < ACPI_HEADER_BYTES || memcmp(dsdt.data + OEM_OFFSET, "BOCHS ", OEM_BYTES) != 0 ||
            !next_device(dsdt, &at, "ACPI0013", &body) || !read_device(body, &resources))
                return false;
        device->events = find_region(body);
        device->gsi = resources.gsi;
        device->irq_flags = resources.irq_flags;
        return device->events != 0;
}
