/* What drivers in ring 3 ask of ACPI. Nothing is parsed before the first question. Any thread, interrupts in any state.
 */
#ifndef CORACLE_ACPI_H
#define CORACLE_ACPI_H

#include <stddef.h>
#include <stdint.h>

/*
 * A table by its 4-character signature: mapped read-only, its length and checksum verified. NULL when there is none.
 * bytes: the whole table's length. "DSDT" is found through the FADT as ACPI wants it.
 */
const void *acpi_table(const char *signature, size_t *bytes);

/* A virtio-mmio transport of the DSDT (_HID LNRO0005): its first memory range and interrupt. */
struct acpi_virtio_mmio {
        uint64_t base;
        uint64_t bytes;
        uint32_t gsi;
        uint32_t irq_flags; /* GATE_IRQ_* */
};

/* The n-th of them. Returns 0, or -ENOENT beyond the last. */
int acpi_virtio_mmio(unsigned n, struct acpi_virtio_mmio *device);

/*
 * The I/O APIC input of a global system interrupt (MADT; without one, pin n of the I/O APIC at 0xfec00000 is n).
 * Returns 0, or -EINVAL: no I/O APIC has this input.
 */
int acpi_ioapic(unsigned gsi, uint64_t *ioapic_physical, unsigned *pin);

/* The global system interrupt of an ISA interrupt (0..15) and its GATE_IRQ_* flags: the same, edge, unless overridden.
 */
void acpi_isa_interrupt(unsigned isa, unsigned *gsi, unsigned *irq_flags);

/* Powers the machine off if ACPI says how. Returns when it does not, or when that did not help. */
void acpi_power_off(void);

#endif
