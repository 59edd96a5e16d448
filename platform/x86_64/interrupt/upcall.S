/*
 * Where the nucleus enters ring 3 with an interrupt (an upcall).
 *
 * Interrupts are disabled in the cpu page; rsp and all registers but rip and rflags are those of the interrupted
 * code. Everything is saved on its stack, below its red zone, and restored in the end. A stack too small for that
 * faults here like any other push would.
 *
 * The end enables interrupts, then looks for one that became pending meanwhile, then goes. An upcall that arrives in
 * these last instructions finds the frame they were about to leave, and takes it over: upcalls never pile up.
 *
 * Frame, upwards from `saved`: 15 registers, rflags, rip, 128 bytes of red zone.
 */
#include "upcall_offsets.h"

#define RED_ZONE    128
#define XSAVE_HEAD  512                 /* the XSAVE header's place in the area (Intel SDM volume 1, section 13.4) */

        .section .text.upcall, "ax", @progbits
        .globl coracle_upcall
        .type coracle_upcall, @function
coracle_upcall:
        movq %rax, %gs:CPU_SCRATCH
        leaq leave_last(%rip), %rax
        cmpq %rax, %gs:CPU_UPCALL_RIP
        je 2f
        leaq leave(%rip), %rax
        subq %gs:CPU_UPCALL_RIP, %rax
        negq %rax
        cmpq $(leave_end - leave), %rax
        jb 3f                           /* rflags and rip of the frame are still there */
        leaq -RED_ZONE(%rsp), %rsp
        pushq %gs:CPU_UPCALL_RIP
2:      pushq %gs:CPU_UPCALL_RFLAGS     /* at leave_last: only rip is still there */
3:      movq %gs:CPU_SCRATCH, %rax
        pushq %rax
        pushq %rcx
        pushq %rdx
        pushq %rsi
        pushq %rdi
        pushq %r8
        pushq %r9
        pushq %r10
        pushq %r11
        pushq %rbx
        pushq %rbp
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        movq %rsp, %rbx
        movq 15 * 8 + 8(%rsp), %rax     /* a frame for backtraces: caller's rbp, interrupted rip */
        pushq %rax
        pushq %rbp
        movq %rsp, %rbp
        cld

        subq fpu_bytes(%rip), %rsp
        andq $-64, %rsp
        movl fpu_mask(%rip), %r13d
        testl %r13d, %r13d
        jz 4f
        xorl %eax, %eax                 /* XSAVE leaves most of the header as it is, XRSTOR wants zeros */
        movq %rax, XSAVE_HEAD + 0(%rsp)
        movq %rax, XSAVE_HEAD + 8(%rsp)
        movq %rax, XSAVE_HEAD + 16(%rsp)
        movq %rax, XSAVE_HEAD + 24(%rsp)
        movq %rax, XSAVE_HEAD + 32(%rsp)
        movq %rax, XSAVE_HEAD + 40(%rsp)
        movq %rax, XSAVE_HEAD + 48(%rsp)
        movq %rax, XSAVE_HEAD + 56(%rsp)
        movl %r13d, %eax
        xorl %edx, %edx
        xsave64 (%rsp)
        movq %rsp, %r12
        call interrupts_run
        movq %r12, %rsp
        movl %r13d, %eax
        xorl %edx, %edx
        xrstor64 (%rsp)
        jmp 5f
4:      fxsave64 (%rsp)
        movq %rsp, %r12
        call interrupts_run
        movq %r12, %rsp
        fxrstor64 (%rsp)
5:      movq %rbx, %rsp

restore:
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbp
        popq %rbx
        popq %r11
        popq %r10
        popq %r9
        popq %r8
        popq %rdi
        popq %rsi
        popq %rdx
        popq %rcx
        popq %rax
leave:
        movb $1, %gs:CPU_UPCALL_ENABLED
        cmpb $0, %gs:CPU_INTERRUPTS_PENDING
        jne again
        popfq
leave_last:
        ret $RED_ZONE

/* Something became pending after the handlers' last look and before interrupts were enabled. */
again:
        movb $0, %gs:CPU_UPCALL_ENABLED
leave_end:
        movq %rax, %gs:CPU_SCRATCH
        jmp 3b
        .size coracle_upcall, . - coracle_upcall

        .section .note.GNU-stack, "", @progbits
