/* A gate call as a C function: moves its arguments to where the nucleus wants them (nucleus/gate.h). */
        .section .text.gate_call, "ax", @progbits
        .globl gate_call
        .type gate_call, @function
/* (number, first, second, third, fourth) */
gate_call:
        movl %edi, %eax
        movq %rsi, %rdi
        movq %rdx, %rsi
        movq %rcx, %rdx
        movq %r8, %r10
        syscall
        ret
        .size gate_call, . - gate_call

        .section .note.GNU-stack, "", @progbits
