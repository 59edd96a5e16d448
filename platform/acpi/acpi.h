/* What drivers in ring 3 ask of ACPI. Nothing is parsed before the first question. */
#ifndef CORACLE_ACPI_H
#define CORACLE_ACPI_H

#include <stddef.h>
#include <stdint.h>

/*
 * A table by its 4-character signature: mapped read-only, its length and checksum verified. NULL when there is none.
 * bytes: the whole table's length.
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

#endif
