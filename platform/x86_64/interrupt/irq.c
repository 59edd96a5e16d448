/* Vectors and I/O APIC routes of devices: irq.h over the gate. */
#include "irq.h"

#include <errno.h>
#include <stdatomic.h>

#include <acpi/acpi.h>

#include <x86_64/gate_call.h>
#include "interrupt.h"

int irq_vector_alloc(void (*handler)(void *ctx), void *ctx)
{
        static atomic_uint next = GATE_VECTOR_FIRST;
        unsigned vector = atomic_load_explicit(&next, memory_order_relaxed);
        do {
                if (vector > GATE_VECTOR_LAST)
                        return -ENOSPC;
        } while (!atomic_compare_exchange_weak_explicit(&next, &vector, vector + 1, memory_order_relaxed,
                                                        memory_order_relaxed));
        interrupt_set_handler(vector, handler, ctx);
        return (int)vector;
}

int irq_route(unsigned gsi, unsigned vector, unsigned flags)
{
        uint64_t ioapic;
        unsigned pin;
        int error = acpi_ioapic(gsi, &ioapic, &pin);
        return error != 0 ? error : (int)gate_call(GATE_IRQ_ROUTE, ioapic, pin, vector, flags);
}

int irq_mask(unsigned gsi, bool masked)
{
        uint64_t ioapic;
        unsigned pin;
        int error = acpi_ioapic(gsi, &ioapic, &pin);
        return error != 0 ? error : (int)gate_call(GATE_IRQ_MASK, ioapic, pin, masked, 0);
}
