/* Root pointer, headers and the fixed tables of ACPI; see table.h. */
#include <acpi/table.h>

#include <string.h>

#include <x86_64/nucleus/gate.h>

static uint64_t integer(struct acpi_bytes bytes, size_t offset, unsigned width)
{
        uint64_t value = 0;
        if (offset > bytes.count || bytes.count - offset < width)
                return 0;
        for (unsigned i = 0; i < width; i++)
                value |= (uint64_t)bytes.data[offset + i] << (8 * i);
        return value;
}

uint8_t acpi_u8(struct acpi_bytes bytes, size_t offset)
{
        return (uint8_t)integer(bytes, offset, 1);
}

uint16_t acpi_u16(struct acpi_bytes bytes, size_t offset)
{
        return (uint16_t)integer(bytes, offset, 2);
}

uint32_t acpi_u32(struct acpi_bytes bytes, size_t offset)
{
        return (uint32_t)integer(bytes, offset, 4);
}

uint64_t acpi_u64(struct acpi_bytes bytes, size_t offset)
{
        return integer(bytes, offset, 8);
}

bool acpi_checksum_is_good(struct acpi_bytes bytes)
{
        uint8_t sum = 0;
        for (size_t i = 0; i < bytes.count; i++)
                sum = (uint8_t)(sum + bytes.data[i]);
        return sum == 0;
}

/* Section 5.2.5.3. */
bool acpi_parse_rsdp(struct acpi_bytes bytes, uint64_t *root, unsigned *entry_bytes)
{
        const struct acpi_bytes first = {bytes.data, ACPI_RSDP_V1_BYTES};
        const struct acpi_bytes second = {bytes.data, ACPI_RSDP_V2_BYTES};
        if (bytes.count < ACPI_RSDP_V1_BYTES || memcmp(bytes.data, "RSD PTR ", 8) != 0 || !acpi_checksum_is_good(first))
                return false;
        const uint8_t revision = acpi_u8(bytes, 15);
        *root = acpi_u32(bytes, 16);
        *entry_bytes = 4;
        if (revision >= 2 && bytes.count >= ACPI_RSDP_V2_BYTES && acpi_checksum_is_good(second) &&
            acpi_u64(bytes, 24) != 0) {
                *root = acpi_u64(bytes, 24);
                *entry_bytes = 8;
        }
        return *root != 0;
}

size_t acpi_table_length(struct acpi_bytes header)
{
        const uint32_t length = acpi_u32(header, 4);
        return length >= ACPI_HEADER_BYTES && length <= ACPI_TABLE_BYTES_MAX ? length : 0;
}

bool acpi_has_signature(struct acpi_bytes table, const char *signature)
{
        return table.count >= ACPI_HEADER_BYTES && memcmp(table.data, signature, 4) == 0;
}

uint64_t acpi_root_entry(struct acpi_bytes root, unsigned entry_bytes, unsigned n)
{
        const size_t offset = ACPI_HEADER_BYTES + (size_t)n * entry_bytes;
        return integer(root, offset, entry_bytes);
}

static struct acpi_register generic_address(struct acpi_bytes table, size_t offset)
{
        const uint8_t space = acpi_u8(table, offset);
        struct acpi_register found = {.address = acpi_u64(table, offset + 4), .is_port = space == 1, .bytes = 1};
        if (space > 1 || (found.is_port && found.address > 0xffff))
                found.address = 0;
        return found;
}

static struct acpi_register control_block(struct acpi_bytes fadt, size_t old_offset, size_t new_offset)
{
        struct acpi_register found = generic_address(fadt, new_offset);
        if (found.address == 0) {
                found.address = acpi_u32(fadt, old_offset) & 0xffff;
                found.is_port = true;
        }
        found.bytes = 2;
        return found;
}

#define FADT_DSDT           40u
#define FADT_SCI            46u
#define FADT_PM1A_EVENT     56u
#define FADT_PM1A_CONTROL   64u
#define FADT_PM1B_CONTROL   68u
#define FADT_PM1_EVENT_SIZE 88u
#define FADT_FLAGS          112u
#define FADT_RESET          116u
#define FADT_RESET_VALUE    128u
#define FADT_X_DSDT         140u
#define FADT_X_PM1A_EVENT   148u
#define FADT_X_PM1A_CONTROL 172u
#define FADT_X_PM1B_CONTROL 184u
#define FADT_SLEEP_CONTROL  244u

#define FADT_FLAG_BUTTON  (1u << 4) /* the power button is no fixed hardware */
#define FADT_FLAG_RESET   (1u << 10)
#define FADT_FLAG_REDUCED (1u << 20)

void acpi_parse_fadt(struct acpi_bytes fadt, struct acpi_power *power)
{
        const uint32_t flags = acpi_u32(fadt, FADT_FLAGS);
        memset(power, 0, sizeof(*power));
        power->dsdt = acpi_u64(fadt, FADT_X_DSDT);
        if (power->dsdt == 0)
                power->dsdt = acpi_u32(fadt, FADT_DSDT);
        if ((flags & FADT_FLAG_REDUCED) != 0) {
                power->sleep = generic_address(fadt, FADT_SLEEP_CONTROL);
        } else {
                power->control_a = control_block(fadt, FADT_PM1A_CONTROL, FADT_X_PM1A_CONTROL);
                power->control_b = control_block(fadt, FADT_PM1B_CONTROL, FADT_X_PM1B_CONTROL);
        }
        if ((flags & FADT_FLAG_RESET) != 0) {
                power->reset = generic_address(fadt, FADT_RESET);
                power->reset_value = acpi_u8(fadt, FADT_RESET_VALUE);
        }
}

#define PM1_EVENT_SIZE_MIN 4u
#define ISA_INTERRUPTS     16u

/* The event block is two registers of equal size, status and enable (section 4.8.3.1). */
bool acpi_parse_button(struct acpi_bytes fadt, struct acpi_button *button)
{
        const uint32_t flags = acpi_u32(fadt, FADT_FLAGS);
        const unsigned size = acpi_u8(fadt, FADT_PM1_EVENT_SIZE);
        button->interrupt = acpi_u16(fadt, FADT_SCI);
        button->status = control_block(fadt, FADT_PM1A_EVENT, FADT_X_PM1A_EVENT);
        button->enable = button->status;
        button->enable.address += size / 2;
        return (flags & (FADT_FLAG_REDUCED | FADT_FLAG_BUTTON)) == 0 && button->status.address != 0 &&
               button->status.is_port && size >= PM1_EVENT_SIZE_MIN && button->enable.address <= 0xffff - 2 &&
               button->interrupt < ISA_INTERRUPTS;
}

#define MADT_ENTRIES       44u
#define MADT_TYPE_IOAPIC   1u
#define MADT_TYPE_OVERRIDE 2u

/* Offset of the next entry of a type at or after *offset, with at least `bytes`; 0 when there is none. */
static size_t next_entry(struct acpi_bytes madt, size_t offset, uint8_t type, size_t bytes)
{
        while (offset < madt.count && madt.count - offset >= 2) {
                const size_t length = madt.data[offset + 1];
                if (length < 2 || length > madt.count - offset)
                        return 0;
                if (madt.data[offset] == type && length >= bytes)
                        return offset;
                offset += length;
        }
        return 0;
}

bool acpi_find_ioapic(struct acpi_bytes madt, unsigned gsi, uint64_t *physical, unsigned *pin)
{
        bool found = false;
        size_t offset = MADT_ENTRIES;
        while ((offset = next_entry(madt, offset, MADT_TYPE_IOAPIC, 12)) != 0) {
                const uint32_t address = acpi_u32(madt, offset + 4);
                const uint32_t first = acpi_u32(madt, offset + 8);
                if (first <= gsi && (!found || gsi - first < *pin)) {
                        found = true;
                        *physical = address;
                        *pin = gsi - first;
                }
                offset += madt.data[offset + 1];
        }
        return found;
}

/* Section 5.2.12.5: polarity in bits 0-1, trigger mode in bits 2-3; ISA's own are active high and edge. */
#define OVERRIDE_ACTIVE_LOW 0x3u
#define OVERRIDE_LEVEL      0xcu

bool acpi_find_override(struct acpi_bytes madt, unsigned isa, unsigned *gsi, unsigned *irq_flags)
{
        size_t offset = MADT_ENTRIES;
        while ((offset = next_entry(madt, offset, MADT_TYPE_OVERRIDE, 10)) != 0) {
                if (madt.data[offset + 2] == 0 && madt.data[offset + 3] == isa) {
                        const uint16_t flags = acpi_u16(madt, offset + 8);
                        *gsi = acpi_u32(madt, offset + 4);
                        *irq_flags = ((flags & 0x3u) == OVERRIDE_ACTIVE_LOW ? GATE_IRQ_ACTIVE_LOW : 0) |
                                     ((flags & 0xcu) == OVERRIDE_LEVEL ? GATE_IRQ_LEVEL : 0);
                        return true;
                }
                offset += madt.data[offset + 1];
        }
        return false;
}
