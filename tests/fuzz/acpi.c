/* ACPI's parsers must survive whatever a hypervisor leaves in memory. The first byte says which table it is. */
#include <stdlib.h>
#include <string.h>

#include <acpi/table.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size < 1)
                return 0;
        /* Exactly as long as it claims, so that a read beyond the end is seen. */
        uint8_t *copy = malloc(size - 1 + (size == 1));
        memcpy(copy, data + 1, size - 1);
        const struct acpi_bytes bytes = {copy, size - 1};
        uint64_t address;
        unsigned number;
        unsigned flags;
        uint8_t type_a;
        uint8_t type_b;
        struct acpi_power power;
        struct acpi_virtio_mmio device;
        struct acpi_button button;
        struct acpi_event_device events;
        switch (data[0] % 5) {
        case 0:
                (void)acpi_parse_rsdp(bytes, &address, &number);
                break;
        case 1:
                (void)acpi_table_length(bytes);
                for (number = 0; number < 64; number++)
                        (void)acpi_root_entry(bytes, 4 + 4 * (number & 1), number);
                break;
        case 2:
                acpi_parse_fadt(bytes, &power);
                if (acpi_parse_button(bytes, &button) && button.enable.address > 0xfffe)
                        abort();
                break;
        case 3:
                for (unsigned gsi = 0; gsi < 64; gsi += 7) {
                        (void)acpi_find_ioapic(bytes, gsi, &address, &number);
                        (void)acpi_find_override(bytes, gsi, &number, &flags);
                }
                break;
        default:
                (void)acpi_find_s5(bytes, &type_a, &type_b);
                (void)acpi_find_event_device(bytes, &events);
                for (unsigned n = 0; n < 4 && acpi_find_virtio_mmio(bytes, n, &device); n++)
                        if (device.bytes == 0)
                                abort();
        }
        free(copy);
        return 0;
}
