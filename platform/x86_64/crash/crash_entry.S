/*
 * Ways into the crash report: from the nucleus after a fatal trap, with the registers that it has not recorded as an
 * array on the stack; and platform_crash, which first records the registers of its caller as a trap would (struct
 * gate_crash; crash.c checks the offsets used here).
 */
#include "crash.h"

        .text

        .globl  coracle_crash
        .type   coracle_crash, @function
coracle_crash:
        leaq    crash_stack + CRASH_STACK_BYTES(%rip), %rsp
        pushq   %r15
        pushq   %r14
        pushq   %r13
        pushq   %r12
        pushq   %rbp
        pushq   %rbx
        movq    %rsp, %rdi
        xorl    %ebp, %ebp
        cld
        call    crash_after_trap
        ud2
        .size   coracle_crash, . - coracle_crash

        .globl  platform_crash
        .type   platform_crash, @function
platform_crash:
        pushfq
        subq    $168, %rsp              /* the record; above it the flags and the return address */
        movq    $-1, (%rsp)             /* no vector */
        movq    $0, 8(%rsp)
        movq    $0, 16(%rsp)
        movq    %rax, 24(%rsp)
        movq    %rbx, 32(%rsp)
        movq    %rcx, 40(%rsp)
        movq    %rdx, 48(%rsp)
        movq    %rsi, 56(%rsp)
        movq    %rdi, 64(%rsp)
        movq    %rbp, 72(%rsp)
        leaq    184(%rsp), %rax
        movq    %rax, 80(%rsp)
        movq    %r8, 88(%rsp)
        movq    %r9, 96(%rsp)
        movq    %r10, 104(%rsp)
        movq    %r11, 112(%rsp)
        movq    %r12, 120(%rsp)
        movq    %r13, 128(%rsp)
        movq    %r14, 136(%rsp)
        movq    %r15, 144(%rsp)
        movq    176(%rsp), %rax
        decq    %rax                    /* inside the call: the address after it may belong to another function */
        movq    %rax, 152(%rsp)
        movq    168(%rsp), %rax
        movq    %rax, 160(%rsp)
        movq    %rsp, %rsi
        andq    $-16, %rsp
        cld
        call    crash_on_request
        ud2
        .size   platform_crash, . - platform_crash

        .section .note.GNU-stack, "", @progbits
