/*
 * Traps and interrupts: every one comes here, on a stack of the nucleus, with the interrupted state in a frame.
 * Ring 0 survives whatever ring 3 did to its own stack, cpu page and registers: the CPU switches stacks before it
 * pushes anything (TSS; gate_entry does it for syscall), nothing here reads ring-3 memory except two bytes of the
 * cpu page through the nucleus's own mapping, and those decide only where ring 3 continues.
 */
#include "cpu.h"
#include "nucleus.h"

#define HLT              0xf4
#define RFLAGS_FIXED     0x2ull
#define RFLAGS_INTERRUPT 0x200ull
#define RFLAGS_USER      0x240dd5ull /* what popf may change in ring 3, the nested-task flag left out */

/* Page-fault error code (Intel SDM volume 3, section 4.7). */
#define FAULT_PRESENT 0x1u
#define FAULT_WRITE   0x2u
#define FAULT_FETCH   0x10u

/* Ring 3 continues in its interrupt entry, if interrupts are pending and it lets them in. */
void upcall_if_due(struct frame *frame)
{
        if (!cpu_page.upcall_enabled || !cpu_page.interrupts_pending)
                return;
        cpu_page.upcall_enabled = 0;
        cpu_page.upcall_rip = frame->rip;
        cpu_page.upcall_rflags = frame->rflags;
        cpu_page.upcalls++;
        frame->rip = ring3(coracle_upcall);
        frame->rflags = RFLAGS_FIXED | RFLAGS_INTERRUPT;
}

void interrupt(struct frame *frame)
{
        unsigned vector = (unsigned)frame->vector;
        if (vector >= GATE_VECTOR_FIRST && vector <= GATE_VECTOR_TIMER) {
                ioapic_mask_arrived(vector);
                cpu_page.pending[vector / 64] |= 1ull << vector % 64;
                cpu_page.interrupts_pending = 1;
        } else {
                cpu_page.spurious++;
        }
        if (vector != VECTOR_SPURIOUS && cpu.acknowledge != NULL)
                *cpu.acknowledge = 0;
        if (frame->cs == SELECTOR_CODE3)
                upcall_if_due(frame);
        else if (*(const uint8_t *)frame->rip == HLT)
                frame->rip++; /* idle's: QEMU 7.2 forgets sti's shadow when a hypervisor in it interrupts its guest */
}

/* Hands the state to ring 3's crash entry, which sets up a stack; a second fault ends the guest here. */
static void crash(struct frame *frame, uint64_t address)
{
        static bool crashed;
        if (crashed)
                last_words("second fault", frame->rip);
        crashed = true;
        /* clang-format off */
        shared_page.crash = (struct gate_crash){
                .vector = frame->vector, .error = frame->error, .address = address,
                .rax = frame->rax, .rcx = frame->rcx, .rdx = frame->rdx, .rsi = frame->rsi, .rdi = frame->rdi,
                .r8 = frame->r8, .r9 = frame->r9, .r10 = frame->r10, .r11 = frame->r11,
                .rip = frame->rip, .rsp = frame->rsp, .rflags = frame->rflags,
        };
        /* clang-format on */
        cpu_page.upcall_enabled = 0;
        frame->rip = ring3(coracle_crash);
        frame->rflags = RFLAGS_FIXED | RFLAGS_INTERRUPT;
}

/*
 * The ways into the gate but for syscall itself. Either way rcx holds the return address, as after syscall.
 *
 * Where `syscall` in ring 3 arrives at gate_entry still in ring 3 (the software KVM of this project's reference
 * machine), fetching that supervisor page faults. SFMASK was applied, so the flags to return to are those that syscall
 * left in r11; ring 3 may have jumped there instead, hence the mask. And ring 3 may make a gate call by any undefined
 * instruction with GATE_TRAP_MAGIC in r11. A return address that is not canonical would fault in iretq: no gate call.
 */
static bool is_gate_call(struct frame *frame)
{
        if (frame->rcx >> 47 != 0)
                return false;
        if (frame->vector == VECTOR_PAGE_FAULT && frame->rip == (uint64_t)gate_entry) {
                frame->rflags = (frame->r11 & RFLAGS_USER) | RFLAGS_FIXED | RFLAGS_INTERRUPT;
                return true;
        }
        return frame->vector == VECTOR_UNDEFINED && frame->r11 == GATE_TRAP_MAGIC;
}

/*
 * Ring 0 takes no exceptions but NMI, and a debug trap that ring 3's last instruction left pending; both have stacks of
 * their own. Anything else there is the nucleus's mistake and ends the guest.
 */
void exception(struct frame *frame)
{
        uint64_t address = frame->vector == VECTOR_PAGE_FAULT ? read_cr2() : 0;
        if (frame->vector == VECTOR_NMI) {
                cpu_page.spurious++;
                return;
        }
        if (frame->cs != SELECTOR_CODE3) {
                if (frame->vector != VECTOR_DEBUG)
                        last_words("fault in the nucleus", frame->rip);
                return;
        }
        if (is_gate_call(frame)) {
                frame->rip = frame->rcx;
                frame->rax = (uint64_t)gate(frame);
                return;
        }
        if (frame->vector == VECTOR_PAGE_FAULT && !(frame->error & (FAULT_PRESENT | FAULT_FETCH)) &&
            paging_resolve(address, (frame->error & FAULT_WRITE) != 0)) {
                cpu_page.faults++;
                return;
        }
        crash(frame, address);
}
