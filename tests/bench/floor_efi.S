/*
 * The floor of UEFI: an application (PE/COFF, one section) that writes one line to the serial port and ends QEMU (port
 * 0xf4). It calls nothing of the firmware; with LEAVE, what an operating system cannot do without: it asks for the
 * memory map and leaves (UEFI 2.10, sections 7.2.3 and 7.4.6).
 */
        .section .text, "ax", @progbits
        .code64
        .globl _start
_start:
        .ascii "MZ"
        .org 0x3c
        .long pe - _start
pe:
        .ascii "PE\0\0"
        .word 0x8664, 1
        .long 0, 0, 0
        .word sections - optional, 0x0206
optional:
        .word 0x20b, 0
        .long 512, 0, 0, code - _start, 512
        .quad 0
        .long 512, 512
        .word 0, 0, 0, 0, 1, 0
        .long 0, 1024, 512, 0
        .word 10, 0
        .quad 0, 0, 0, 0
        .long 0, 6
        .quad 0, 0, 0, 0, 0, 0
sections:
        .ascii ".text\0\0\0"
        .long 512, 512, 512, 512, 0, 0, 0, 0x60000020
        .org 512
code:
        cld
#ifdef LEAVE
        subq $0x10038, %rsp             /* the map; above it: its size, its key, an entry's size, its version */
        movq %rcx, %rsi                 /* our handle */
        movq 0x60(%rdx), %rdi           /* boot services */
        leaq 0x10000(%rsp), %rcx
        movq $0xf000, (%rcx)
        leaq 8(%rcx), %r8
        leaq 16(%rcx), %r9
        leaq 24(%rcx), %rax
        leaq 0x1000(%rsp), %rdx
        movq %rax, 32(%rsp)
        call *0x38(%rdi)
        movq %rsi, %rcx
        movq 0x10008(%rsp), %rdx
        call *0xe8(%rdi)
        testq %rax, %rax
        jnz 1f
#endif
        leaq line(%rip), %rsi
        movl $(line_end - line), %ecx
        movl $0x3f8, %edx
        rep outsb
        xorl %eax, %eax
        movl $0xf4, %edx
        outl %eax, %dx
1:      hlt
        jmp 1b
line:   .ascii "Hello, world\n"
line_end:
        .org 1024
        .section .note.GNU-stack, "", @progbits
