/*
 * Interrupts do not disturb the interrupted code: it fills every register, SSE's and the red zone included, with
 * patterns and looks for changes, while timer interrupts arrive.
 */
#include <stdint.h>
#include <stdio.h>

#include "../ring3.h"

#define INTERRUPTS 1000

/* Loads `seed`-based patterns, spins, compares. Returns 0, or a bit for each kind of register that changed. */
uint64_t check_registers(uint64_t seed, uint64_t rounds);
__asm__(".text\n"
        ".type check_registers, @function\n"
        "check_registers:\n"
        "        push %rbx\n        push %rbp\n        push %r12\n        push %r13\n        push %r14\n        push "
        "%r15\n"
        "        mov %rsi, %rcx\n"
        "        lea 1(%rdi), %rax\n        lea 2(%rdi), %rbx\n        lea 3(%rdi), %rdx\n        lea 4(%rdi), %rbp\n"
        "        lea 5(%rdi), %r8\n        lea 6(%rdi), %r9\n        lea 7(%rdi), %r10\n        lea 8(%rdi), %r11\n"
        "        lea 9(%rdi), %r12\n        lea 10(%rdi), %r13\n        lea 11(%rdi), %r14\n        lea 12(%rdi), "
        "%r15\n"
        "        mov %rax, -8(%rsp)\n        mov %rbx, -128(%rsp)\n"
        "        movq %rax, %xmm0\n        movq %rbx, %xmm7\n        movq %rdx, %xmm8\n        movq %r15, %xmm15\n"
        "        fldl seven(%rip)\n"
        "1:      sub $1, %rcx\n"
        "        stc\n        std\n        jnc 3f\n        cld\n"
        "        test %rcx, %rcx\n        jnz 1b\n"
        "        mov $0, %esi\n"
        "        lea 1(%rdi), %rcx\n        sub %rax, %rcx\n        or %rcx, %rsi\n"
        "        lea 2(%rdi), %rcx\n        sub %rbx, %rcx\n        or %rcx, %rsi\n"
        "        lea 3(%rdi), %rcx\n        sub %rdx, %rcx\n        or %rcx, %rsi\n"
        "        lea 4(%rdi), %rcx\n        sub %rbp, %rcx\n        or %rcx, %rsi\n"
        "        lea 5(%rdi), %rcx\n        sub %r8, %rcx\n        or %rcx, %rsi\n"
        "        lea 6(%rdi), %rcx\n        sub %r9, %rcx\n        or %rcx, %rsi\n"
        "        lea 7(%rdi), %rcx\n        sub %r10, %rcx\n        or %rcx, %rsi\n"
        "        lea 8(%rdi), %rcx\n        sub %r11, %rcx\n        or %rcx, %rsi\n"
        "        lea 9(%rdi), %rcx\n        sub %r12, %rcx\n        or %rcx, %rsi\n"
        "        lea 10(%rdi), %rcx\n        sub %r13, %rcx\n        or %rcx, %rsi\n"
        "        lea 11(%rdi), %rcx\n        sub %r14, %rcx\n        or %rcx, %rsi\n"
        "        lea 12(%rdi), %rcx\n        sub %r15, %rcx\n        or %rcx, %rsi\n"
        "        lea 1(%rdi), %rcx\n        sub -8(%rsp), %rcx\n        or %rcx, %rsi\n"
        "        lea 2(%rdi), %rcx\n        sub -128(%rsp), %rcx\n        or %rcx, %rsi\n"
        "        movq %xmm0, %rcx\n        sub %rax, %rcx\n        or %rcx, %rsi\n"
        "        movq %xmm7, %rcx\n        sub %rbx, %rcx\n        or %rcx, %rsi\n"
        "        movq %xmm8, %rcx\n        sub %rdx, %rcx\n        or %rcx, %rsi\n"
        "        movq %xmm15, %rcx\n        sub %r15, %rcx\n        or %rcx, %rsi\n"
        "        fistpl -16(%rsp)\n        mov -16(%rsp), %ecx\n        sub $7, %ecx\n        or %rcx, %rsi\n"
        "        jmp 4f\n"
        "3:      cld\n        mov $-1, %rsi\n"
        "4:      mov %rsi, %rax\n"
        "        pop %r15\n        pop %r14\n        pop %r13\n        pop %r12\n        pop %rbp\n        pop %rbx\n"
        "        ret\n"
        ".section .rodata\n"
        "seven:  .double 7.0\n"
        ".text\n");

int main(void)
{
        uint64_t wrong = 0, before = cpu_page()->upcalls;
        for (unsigned i = 0; i < INTERRUPTS; i++) {
                uint64_t seen = cpu_page()->upcalls;
                gate(GATE_TIMER_ARM, 10000 + i * 7, 0, 0, 0);
                while (*(volatile uint64_t *)&cpu_page()->upcalls == seen)
                        wrong |= check_registers(0x1234567800000000 + i, 1000);
        }
        printf("interrupted %s\n", cpu_page()->upcalls - before >= INTERRUPTS ? "often" : "too rarely");
        printf("registers %s\n", wrong == 0 ? "kept" : "changed");
        return 0;
}
