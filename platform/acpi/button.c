/*
 * The power button of ACPI: the fixed one, a bit in the PM1 registers (ACPI 6.4, section 4.8.3.1), or an event of
 * QEMU's generic event device where there is no such hardware (microvm). Either way an interrupt says that it was
 * pressed.
 */
#include <power.h>

#include <acpi/acpi.h>
#include <acpi/table.h>
#include <coracle/log.h>
#include <x86_64/memory/device.h>
#include <x86_64/interrupt/irq.h>
#include <x86_64/nucleus/gate.h>

#define PM1_POWER_BUTTON (1u << 8) /* in status and enable; status is cleared by writing 1 */
#define GED_POWER_BUTTON (1u << 1) /* QEMU, docs/specs/acpi_hw_reduced_hotplug; reading the register clears it */

static struct {
        struct acpi_register status; /* of the fixed button; address 0: it is the event device's */
        const volatile void *events;
        unsigned gsi;
        unsigned irq_flags;
} button;

static bool was_pressed(void)
{
        if (button.events != NULL)
                return (mmio_read32(button.events) & GED_POWER_BUTTON) != 0;
        const uint32_t status = port_in((uint16_t)button.status.address, 2);
        if ((status & PM1_POWER_BUTTON) == 0)
                return false;
        port_out((uint16_t)button.status.address, 2, PM1_POWER_BUTTON);
        return true;
}

static void handle_interrupt(void *ctx)
{
        (void)ctx;
        const bool pressed = was_pressed();
        if ((button.irq_flags & GATE_IRQ_LEVEL) != 0)
                (void)irq_mask(button.gsi, false);
        if (pressed)
                power_requested(PLATFORM_REQUEST_POWER_OFF);
}

static bool route(void)
{
        const int vector = irq_vector_alloc(handle_interrupt, NULL);
        return vector >= 0 && irq_route(button.gsi, (unsigned)vector, button.irq_flags) == 0;
}

/* Other bits of the enable register stay as firmware left them. */
static bool listen_to_fixed(const struct acpi_button *found)
{
        const uint16_t enable = (uint16_t)found->enable.address;
        button.status = found->status;
        acpi_isa_interrupt(found->interrupt, &button.gsi, &button.irq_flags);
        if (button.irq_flags == 0) /* section 5.2.9: where the MADT does not say, level and active low */
                button.irq_flags = GATE_IRQ_LEVEL | GATE_IRQ_ACTIVE_LOW;
        port_out((uint16_t)found->status.address, 2, PM1_POWER_BUTTON); /* pressed for who ran before us */
        if (!route())
                return false;
        port_out(enable, 2, port_in(enable, 2) | PM1_POWER_BUTTON);
        return true;
}

static bool listen_to_event_device(const struct acpi_event_device *found)
{
        button.events = device_map(found->events, sizeof(uint32_t));
        button.gsi = found->gsi;
        button.irq_flags = found->irq_flags;
        return button.events != NULL && route();
}

void acpi_power_listen(void)
{
        struct acpi_bytes table;
        struct acpi_button fixed;
        struct acpi_event_device device;
        bool listens = false;
        table.data = acpi_table("FACP", &table.count);
        if (table.data == NULL)
                return;
        if (acpi_parse_button(table, &fixed)) {
                listens = listen_to_fixed(&fixed);
        } else {
                table.data = acpi_table("DSDT", &table.count);
                listens = acpi_find_event_device(table, &device) && listen_to_event_device(&device);
        }
        log_info("acpi", "%s", listens ? "the power button is listened to" : "there is no power button");
}
