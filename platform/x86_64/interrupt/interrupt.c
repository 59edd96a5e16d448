/*
 * Virtual interrupts: the nucleus marks vectors pending in the cpu page and, when the flag there lets it, enters
 * upcall.S; here are the flag, the handlers and their dispatch.
 *
 * Invariant: handlers run with the flag clear, so they are never interrupted. A vector's bit is cleared before its
 * handler runs: one that arrives meanwhile runs it again.
 */
#include <stdatomic.h>
#include <stddef.h>
#include <platform.h>

#include <x86_64/cpu.h>
#include <x86_64/gate_call.h>
#include "interrupt.h"
#include <x86_64/time/timer.h>
#include "upcall_offsets.h"

_Static_assert(offsetof(struct gate_cpu_page, upcall_enabled) == CPU_UPCALL_ENABLED, "");
_Static_assert(offsetof(struct gate_cpu_page, interrupts_pending) == CPU_INTERRUPTS_PENDING, "");
_Static_assert(offsetof(struct gate_cpu_page, upcall_rip) == CPU_UPCALL_RIP, "");
_Static_assert(offsetof(struct gate_cpu_page, upcall_rflags) == CPU_UPCALL_RFLAGS, "");
_Static_assert(offsetof(struct gate_cpu_page, self) == CPU_SELF, "");
_Static_assert(offsetof(struct gate_cpu_page, libos) == CPU_LIBOS, "");
_Static_assert(offsetof(struct gate_cpu_page, scratch) == CPU_SCRATCH, "");

#define FXSAVE_BYTES 512u
#define CPUID_XSAVE  0xdu /* Intel SDM volume 2, CPUID: the state components that the CPU has */

/* upcall.S */
uint64_t fpu_bytes = FXSAVE_BYTES;
uint32_t fpu_mask; /* the state that XSAVE saves; 0: FXSAVE does it */

static struct {
        void (*handler)(void *ctx);
        void *ctx;
} handlers[GATE_VECTOR_LAST - GATE_VECTOR_FIRST + 1];

struct gate_cpu_page *gate_cpu_page(void)
{
        struct gate_cpu_page *page;
        __asm__("movq %%gs:%c1, %0" : "=r"(page) : "i"(CPU_SELF));
        return page;
}

/*
 * XSAVE is asked for what the nucleus has enabled, not for all that is: a hypervisor that runs ring 3 natively may
 * leave more enabled than the area has room for (AMX's tiles are 8 KiB).
 */
void interrupt_start(uint32_t xsave_bytes)
{
        gate_cpu_page()->libos = (uint64_t)libos_hooks.boot_cpu;
        if (xsave_bytes != 0) {
                fpu_bytes = xsave_bytes;
                fpu_mask = cpu_id(CPUID_XSAVE, 0).eax & GATE_XSAVE_MASK;
        }
}

void interrupt_set_handler(unsigned vector, void (*handler)(void *ctx), void *ctx)
{
        handlers[vector - GATE_VECTOR_FIRST].ctx = ctx;
        handlers[vector - GATE_VECTOR_FIRST].handler = handler;
}

static void run_vector(unsigned vector)
{
        if (vector == GATE_VECTOR_TIMER) {
                if (timer_interrupt != NULL)
                        timer_interrupt();
                return;
        }
        if (vector < GATE_VECTOR_FIRST || vector > GATE_VECTOR_LAST)
                return;
        void (*handler)(void *) = handlers[vector - GATE_VECTOR_FIRST].handler;
        if (handler != NULL)
                handler(handlers[vector - GATE_VECTOR_FIRST].ctx);
}

/* The summary is cleared before the bits are read: what arrives after that sets it again. */
void interrupts_run(void)
{
        struct gate_cpu_page *page = gate_cpu_page();
        while (__atomic_exchange_n(&page->interrupts_pending, 0, __ATOMIC_ACQ_REL) != 0) {
                for (unsigned word = 0; word < 4; word++) {
                        if (__atomic_load_n(&page->pending[word], __ATOMIC_RELAXED) == 0)
                                continue;
                        uint64_t bits = __atomic_exchange_n(&page->pending[word], 0, __ATOMIC_ACQ_REL);
                        for (; bits != 0; bits &= bits - 1)
                                run_vector(word * 64 + (unsigned)__builtin_ctzll(bits));
                }
        }
        libos_hooks.interrupt_exit();
}

/* One instruction reads and clears the flag of whichever CPU this thread is on. */
bool platform_interrupts_disable(void)
{
        uint8_t enabled = 0;
        __asm__ volatile("xchgb %0, %%gs:%c1" : "+q"(enabled) : "i"(CPU_UPCALL_ENABLED) : "memory");
        return enabled != 0;
}

void platform_interrupts_restore(bool enabled)
{
        if (!enabled)
                return;
        uint8_t pending;
        __asm__ volatile("movb $1, %%gs:%c1\n\t"
                         "movb %%gs:%c2, %0"
                         : "=q"(pending)
                         : "i"(CPU_UPCALL_ENABLED), "i"(CPU_INTERRUPTS_PENDING)
                         : "memory");
        while (pending) {
                __asm__ volatile("movb $0, %%gs:%c0" : : "i"(CPU_UPCALL_ENABLED) : "memory");
                interrupts_run();
                __asm__ volatile("movb $1, %%gs:%c1\n\t"
                                 "movb %%gs:%c2, %0"
                                 : "=q"(pending)
                                 : "i"(CPU_UPCALL_ENABLED), "i"(CPU_INTERRUPTS_PENDING)
                                 : "memory");
        }
}

void *platform_cpu_local(void)
{
        void *local;
        __asm__ volatile("movq %%gs:%c1, %0" : "=r"(local) : "i"(CPU_LIBOS));
        return local;
}
