/* The floor of a disk on a BIOS: a boot sector that writes one line to the serial port and ends QEMU (port 0xf4). */
        .section .text, "ax", @progbits
        .code16
        .globl _start
_start:
        ljmp $0, $here
here:
        xorw %ax, %ax
        movw %ax, %ds
        cld
        movw $line, %si
        movw $(line_end - line), %cx
        movw $0x3f8, %dx
        rep outsb
        xorl %eax, %eax
        movw $0xf4, %dx
        outl %eax, %dx
1:      hlt
        jmp 1b
line:   .ascii "Hello, world\n"
line_end:
        .org 510
        .word 0xaa55
        .section .note.GNU-stack, "", @progbits
