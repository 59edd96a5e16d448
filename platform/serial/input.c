/*
 * Serial console, input. The interrupt is switched on by the first listener; its handler empties the UART into a ring,
 * because an edge comes only after the receive FIFO was empty. When the ring is full bytes stay in the UART, the
 * sender's end holds back, and the next read fetches them.
 *
 * Invariant: head - tail is the number of bytes in the ring, at most its size. Both are changed with interrupts
 * disabled and the lock held.
 */
#include <serial/serial.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <acpi/acpi.h>
#include <platform.h>
#include <x86_64/cpu.h>
#include <x86_64/memory/device.h>
#include <x86_64/interrupt/irq.h>
#include <x86_64/nucleus/gate.h>

#define RING_BYTES 256u

static struct {
        atomic_flag lock;
        unsigned head, tail;
        unsigned gsi;
        unsigned irq_flags;
        void (*fn)(void *ctx);
        void *ctx;
        char ring[RING_BYTES];
} input = {.lock = ATOMIC_FLAG_INIT};

static bool lock(void)
{
        const bool enabled = platform_interrupts_disable();
        while (atomic_flag_test_and_set_explicit(&input.lock, memory_order_acquire))
                cpu_relax();
        return enabled;
}

static void unlock(bool enabled)
{
        atomic_flag_clear_explicit(&input.lock, memory_order_release);
        platform_interrupts_restore(enabled);
}

static void fetch(void)
{
        while (input.head - input.tail < RING_BYTES) {
                const uint32_t line = port_in(SERIAL_COM1 + SERIAL_LINE, 1);
                if ((line & SERIAL_LINE_RECEIVED) == 0 || (line & 0xff) == SERIAL_LINE_ABSENT)
                        return;
                input.ring[input.head++ % RING_BYTES] = (char)port_in(SERIAL_COM1 + SERIAL_DATA, 1);
        }
}

static void handle_interrupt(void *ctx)
{
        (void)ctx;
        const bool enabled = lock();
        fetch();
        const bool arrived = input.head != input.tail;
        unlock(enabled);
        if ((input.irq_flags & GATE_IRQ_LEVEL) != 0)
                (void)irq_mask(input.gsi, false);
        if (arrived)
                input.fn(input.ctx);
}

size_t serial_read(void *ctx, void *data, size_t bytes)
{
        (void)ctx;
        char *next = data;
        size_t count = 0;
        const bool enabled = lock();
        while (count < bytes) {
                if (input.head == input.tail)
                        fetch();
                if (input.head == input.tail)
                        break;
                next[count++] = input.ring[input.tail++ % RING_BYTES];
        }
        unlock(enabled);
        return count;
}

void serial_on_input(void *ctx, void (*fn)(void *fn_ctx), void *fn_ctx)
{
        (void)ctx;
        input.fn = fn;
        input.ctx = fn_ctx;
        const int vector = irq_vector_alloc(handle_interrupt, NULL);
        if (vector < 0)
                return;
        acpi_isa_interrupt(SERIAL_ISA, &input.gsi, &input.irq_flags);
        if (irq_route(input.gsi, (unsigned)vector, input.irq_flags) != 0)
                return;
        port_out(SERIAL_COM1 + SERIAL_MODEM, 1, SERIAL_MODEM_DTR | SERIAL_MODEM_RTS | SERIAL_MODEM_OUT2);
        port_out(SERIAL_COM1 + SERIAL_INTERRUPT, 1, SERIAL_INTERRUPT_RECEIVE);
}
