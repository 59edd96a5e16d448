/*
 * The floor: a PVH guest that does nothing but end QEMU (isa-debug-exit at 0xf4). What it takes is what any guest
 * takes at the least. With -DPRINT it first writes one line to the serial port.
 */
        .section .note.Xen, "a", @note
        .align 4
        .long 4, 4, 18                  /* name and description sizes; XEN_ELFNOTE_PHYS32_ENTRY */
        .asciz "Xen"
        .long _start

        .text
        .code32
        .globl _start
_start:
#ifdef PRINT
        movl $line, %esi
        movl $(line_end - line), %ecx
        movw $0x3f8, %dx
        rep outsb
#endif
        xorl %eax, %eax
        movw $0xf4, %dx
        outl %eax, %dx
1:      hlt
        jmp 1b

        .section .rodata
line:   .ascii "Hello, world\n"
line_end:
        .section .note.GNU-stack, "", @progbits
