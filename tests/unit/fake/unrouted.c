/* Interrupt inputs that no I/O APIC has: nothing is routed, nothing has to be masked. */
#include <acpi/acpi.h>
#include <x86_64/interrupt/irq.h>

int irq_mask(unsigned gsi, bool masked)
{
        (void)gsi;
        (void)masked;
        return 0;
}

void acpi_isa_interrupt(unsigned isa, unsigned *gsi, unsigned *irq_flags)
{
        *gsi = isa;
        *irq_flags = 0;
}
