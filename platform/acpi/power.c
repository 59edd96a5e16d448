/* Power-off by ACPI: soft-off state S5 (ACPI 6.4, sections 4.8.3.2.1 and 4.8.3.7), else the reset register. */
#include <acpi/acpi.h>

#include <acpi/table.h>
#include <x86_64/memory/device.h>

#define NO_CANARY __attribute__((no_stack_protector)) /* the way out of a crash, see crash.c */

#define CONTROL_SLEEP_TYPE_SHIFT 10u
#define CONTROL_SLEEP_ENABLE     (1u << 13)
#define REDUCED_SLEEP_TYPE_SHIFT 2u
#define REDUCED_SLEEP_ENABLE     (1u << 5)

static NO_CANARY void write_register(const struct acpi_register *where, unsigned value)
{
        if (where->address == 0)
                return;
        if (where->is_port) {
                port_out((uint16_t)where->address, where->bytes, value);
                return;
        }
        volatile void *mapped = device_map(where->address, where->bytes);
        if (mapped == NULL)
                return;
        if (where->bytes == 1)
                mmio_write8(mapped, (uint8_t)value);
        else
                mmio_write16(mapped, (uint16_t)value);
}

NO_CANARY void acpi_power_off(void)
{
        struct acpi_bytes fadt;
        struct acpi_bytes dsdt;
        struct acpi_power power;
        uint8_t type_a = 0;
        uint8_t type_b = 0;
        fadt.data = acpi_table("FACP", &fadt.count);
        if (fadt.data == NULL)
                return;
        acpi_parse_fadt(fadt, &power);
        dsdt.data = acpi_table("DSDT", &dsdt.count);
        if (acpi_find_s5(dsdt, &type_a, &type_b)) {
                write_register(&power.sleep, (unsigned)type_a << REDUCED_SLEEP_TYPE_SHIFT | REDUCED_SLEEP_ENABLE);
                write_register(&power.control_b, (unsigned)type_b << CONTROL_SLEEP_TYPE_SHIFT | CONTROL_SLEEP_ENABLE);
                write_register(&power.control_a, (unsigned)type_a << CONTROL_SLEEP_TYPE_SHIFT | CONTROL_SLEEP_ENABLE);
        }
        write_register(&power.reset, power.reset_value);
}
