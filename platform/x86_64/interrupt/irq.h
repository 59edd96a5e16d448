/*
 * Interrupts of devices, for drivers in ring 3: a vector with a handler, and the ways to aim a device at a vector (a
 * pin of an I/O APIC, or a message written by the device). Handlers run with interrupts disabled, on any CPU.
 */
#ifndef CORACLE_X86_64_IRQ_H
#define CORACLE_X86_64_IRQ_H

#include <stdbool.h>
#include <stdint.h>

/* The message of MSI and MSI-X (Intel SDM volume 3, section 11.11): physical destination 0, the first CPU; edge. */
#define IRQ_MESSAGE_ADDRESS      0xfee00000ull
#define IRQ_MESSAGE_DATA(vector) ((uint32_t)(vector))

/*
 * Gives the caller a vector of its own: handler(ctx) is called whenever it arrives. Returns the vector, or -ENOSPC.
 * For ever: devices are not unplugged.
 */
int irq_vector_alloc(void (*handler)(void *ctx), void *ctx);

/*
 * Routes a global system interrupt (ACPI 6.4, section 5.2.13; without ACPI: pin n of the first I/O APIC is n) to the
 * vector and unmasks it. flags: GATE_IRQ_LEVEL, GATE_IRQ_ACTIVE_LOW. Returns 0, -EINVAL (no I/O APIC has this input).
 */
int irq_route(unsigned gsi, unsigned vector, unsigned flags);

/*
 * Masks or unmasks a routed input. A level-triggered one is masked when it arrives: the handler unmasks it once its
 * device is quiet.
 */
int irq_mask(unsigned gsi, bool masked);

#endif
