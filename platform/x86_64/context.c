/* Contexts of execution: preparing one, switching, and the thread pointer (FS base). */
#include <platform.h>

#include "context.h"
#include "gate_call.h"
#include "start.h"

#define MXCSR_DEFAULT 0x1f80u /* all exceptions masked, round to nearest (Intel SDM volume 1, section 10.2.3) */
#define X87_DEFAULT   0x037fu

struct context_frame {
        uint32_t mxcsr;
        uint32_t x87_control;
        uint64_t r15, r14, r13, r12, rbx, rbp;
        void (*resume)(void);
        uint64_t padding[2]; /* context_first runs with the stack aligned to 16 bytes */
};

static bool can_wrfsbase;

void platform_context_init(struct platform_context *context, void *stack_top, uintptr_t thread_pointer,
                           void (*entry)(void *), void *argument)
{
        struct context_frame *frame = (struct context_frame *)stack_top - 1;
        *frame = (struct context_frame){
                .mxcsr = MXCSR_DEFAULT,
                .x87_control = X87_DEFAULT,
                .r12 = (uint64_t)argument,
                .rbx = (uint64_t)entry,
                .resume = context_first,
        };
        context->stack_pointer = frame;
        context->thread_pointer = thread_pointer;
}

static void set_thread_pointer(uintptr_t thread_pointer)
{
        if (can_wrfsbase)
                __asm__ volatile("wrfsbase %0" : : "r"(thread_pointer) : "memory");
        else
                gate_call(GATE_SET_FS, thread_pointer, 0, 0, 0);
}

/* The new thread pointer may come before the stack: interrupts are disabled, and this function has no canary. */
__attribute__((optimize("no-stack-protector"))) void platform_context_switch(struct platform_context *from,
                                                                             const struct platform_context *to)
{
        if (to->thread_pointer != from->thread_pointer)
                set_thread_pointer(to->thread_pointer);
        context_switch(&from->stack_pointer, to->stack_pointer);
}

/*
 * Some hypervisors run ring 3 on a CPU that knows wrfsbase and keep silent about it in CPUID; a gate call there costs
 * a thousand times as much. So it is tried (not on QEMU's own CPU, whose CPUID says what it emulates), in a way that
 * turns an undefined instruction into a gate call that does not exist (nucleus/gate.h).
 */
void thread_pointer_start(const struct gate_boot_info *info)
{
        int64_t result = GATE_NUMBERS;
        uint64_t base;
        if (info->fsgsbase != 0 || info->hypervisor == GATE_HV_TCG) {
                can_wrfsbase = info->fsgsbase != 0;
                return;
        }
        __asm__ volatile("leaq 1f(%%rip), %%rcx\n\t"
                         "movabsq %2, %%r11\n\t"
                         "rdfsbase %1\n"
                         "1:"
                         : "+a"(result), "=&r"(base)
                         : "i"(GATE_TRAP_MAGIC)
                         : "rcx", "r11", "memory");
        can_wrfsbase = result == GATE_NUMBERS;
}
