/*
 * The floor of UEFI: an application (PE/COFF, one section) that writes one line to the serial port and ends QEMU (port
 * 0xf4). It calls nothing of the firmware.
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
