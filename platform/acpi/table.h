/*
 * ACPI tables as bytes from outside (ACPI 6.4, section 5.2): every length is checked before it is used, nothing is
 * assumed about alignment. Pure functions; acpi.c maps the memory.
 */
#ifndef CORACLE_ACPI_TABLE_H
#define CORACLE_ACPI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "acpi.h"

struct acpi_bytes {
        const uint8_t *data;
        size_t count;
};

#define ACPI_HEADER_BYTES    36u
#define ACPI_RSDP_V1_BYTES   20u
#define ACPI_RSDP_V2_BYTES   36u
#define ACPI_TABLE_BYTES_MAX (1u << 20) /* longer than any real one, except for other people's firmware code */

/* Little-endian integers; 0 beyond the end. */
uint8_t acpi_u8(struct acpi_bytes bytes, size_t offset);
uint16_t acpi_u16(struct acpi_bytes bytes, size_t offset);
uint32_t acpi_u32(struct acpi_bytes bytes, size_t offset);
uint64_t acpi_u64(struct acpi_bytes bytes, size_t offset);

bool acpi_checksum_is_good(struct acpi_bytes bytes);

/* The root pointer: where the table of tables is, and how wide its entries are (4 or 8). */
bool acpi_parse_rsdp(struct acpi_bytes bytes, uint64_t *root, unsigned *entry_bytes);

/* The length in a table's header if it is possible, else 0. `header` holds at least ACPI_HEADER_BYTES. */
size_t acpi_table_length(struct acpi_bytes header);
bool acpi_has_signature(struct acpi_bytes table, const char *signature);

/* The n-th table of a checked RSDT or XSDT; 0 beyond the last. */
uint64_t acpi_root_entry(struct acpi_bytes root, unsigned entry_bytes, unsigned n);

/* ---- FADT, section 5.2.9 ---- */

/* A register: port or memory (Generic Address Structure, section 5.2.3.2). address 0: there is none. */
struct acpi_register {
        uint64_t address;
        bool is_port;
        uint8_t bytes; /* width of an access */
};

struct acpi_power {
        struct acpi_register control_a, control_b; /* PM1 control blocks, or ... */
        struct acpi_register sleep;                /* ... the sleep control register of hardware-reduced ACPI */
        struct acpi_register reset;
        uint8_t reset_value;
        uint64_t dsdt;
};
void acpi_parse_fadt(struct acpi_bytes fadt, struct acpi_power *power);

/* The fixed power button: its bits are in the PM1 status and enable registers, here always ports. */
struct acpi_button {
        struct acpi_register status, enable;
        unsigned interrupt; /* the SCI: an ISA interrupt */
};

/* False: this machine has none (hardware-reduced, a control-method button, no such registers). */
bool acpi_parse_button(struct acpi_bytes fadt, struct acpi_button *button);

/* ---- MADT, section 5.2.12 ---- */

/* The I/O APIC whose inputs start closest below `gsi`. False: none, or every one starts above it. */
bool acpi_find_ioapic(struct acpi_bytes madt, unsigned gsi, uint64_t *physical, unsigned *pin);

/* The override of an ISA interrupt, flags as GATE_IRQ_*. False: none, the interrupt keeps its number. */
bool acpi_find_override(struct acpi_bytes madt, unsigned isa, unsigned *gsi, unsigned *irq_flags);

/* ---- DSDT, sections 19 and 20: patterns in the byte code, no interpreter ---- */

/* SLP_TYPa and SLP_TYPb of the soft-off state from the package \_S5. */
bool acpi_find_s5(struct acpi_bytes dsdt, uint8_t *type_a, uint8_t *type_b);

/*
 * QEMU's generic event device (_HID ACPI0013): where the register that tells its events is, and its interrupt. What the
 * bits mean is in a method, which nobody here runs: only tables that QEMU made are taken.
 */
struct acpi_event_device {
        uint64_t events;
        uint32_t gsi;
        uint32_t irq_flags; /* GATE_IRQ_* */
};
bool acpi_find_event_device(struct acpi_bytes dsdt, struct acpi_event_device *device);

/* The n-th device whose _HID is LNRO0005 and whose _CRS holds a memory range. False beyond the last. */
bool acpi_find_virtio_mmio(struct acpi_bytes dsdt, unsigned n, struct acpi_virtio_mmio *device);

#endif
