/*
 * Switching between contexts: what the calling convention makes a function preserve is pushed on the old stack and
 * popped from the new one (rbx, rbp, r12-r15, MXCSR, x87 control word; System V ABI, section 3.2.1). Everything else is
 * either dead across a call or was saved by the upcall.
 */
        .section .text.context_switch, "ax", @progbits
        .globl context_switch
        .type context_switch, @function
/* (void **save_stack_pointer, void *stack_pointer) */
context_switch:
        pushq %rbp
        pushq %rbx
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        subq $8, %rsp
        stmxcsr (%rsp)
        fnstcw 4(%rsp)
        movq %rsp, (%rdi)
        movq %rsi, %rsp
        ldmxcsr (%rsp)
        fldcw 4(%rsp)
        addq $8, %rsp
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbx
        popq %rbp
        ret
        .size context_switch, . - context_switch

/* The first return of a new context: entry in rbx, argument in r12; rbp is 0, so backtraces end here. */
        .section .text.context_first, "ax", @progbits
        .globl context_first
        .type context_first, @function
context_first:
        movq %r12, %rdi
        call *%rbx
        ud2                             /* entry does not return */
        .size context_first, . - context_first

        .section .note.GNU-stack, "", @progbits
