/*
 * A boot loader for tests: a PVH guest that starts its module, a Linux-protocol kernel, in 32-bit mode with interrupt 0xec
 * pending in the local APIC, as Linux does when its timer fires while kexec has interrupts off.
 */
#define KERNEL    0x2000000              /* where the module is copied to */
#define PARAMS    0x90000                /* struct boot_params (Linux, Documentation/arch/x86/zero-page.rst) */
#define HEADER    0x1f1
#define HEADER_END 0x268
#define APIC_SVR  0xfee000f0
#define APIC_ICR  0xfee00300

        .section .note.Xen, "a", @note
        .align 4
        .long 4, 4, 18                  /* name and description sizes; XEN_ELFNOTE_PHYS32_ENTRY */
        .asciz "Xen"
        .long _start

        .text
        .code32
        .globl _start
_start:
        cld
        movl $PARAMS, %esp
        lgdt table_pointer
        ljmp $0x10, $1f
1:      movl $0x18, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %ss

        movl 16(%ebx), %eax             /* struct hvm_start_info: modules */
        movl (%eax), %esi
        movl 8(%eax), %ecx
        movl $KERNEL, %edi
        rep movsb

        xorl %eax, %eax
        movl $PARAMS, %edi
        movl $1024, %ecx
        rep stosl
        movl $KERNEL + HEADER, %esi
        movl $PARAMS + HEADER, %edi
        movl $HEADER_END - HEADER, %ecx
        rep movsb
        movl 24(%ebx), %eax             /* command line */
        movl %eax, PARAMS + 0x228
        movl 32(%ebx), %eax             /* ACPI root pointer */
        movl %eax, PARAMS + 0x70
        movl 40(%ebx), %esi             /* memory map */
        movl 48(%ebx), %edx
        movb %dl, PARAMS + 0x1e8
        movl $PARAMS + 0x2d0, %edi
2:      movl $5, %ecx
        rep movsl
        addl $4, %esi
        decl %edx
        jnz 2b

        movl $0x1ff, APIC_SVR           /* on */
        movl $0x440ec, APIC_ICR         /* to itself */
3:      testl $0x1000, APIC_ICR
        jnz 3b
        movl $PARAMS, %esi
        xorl %ebx, %ebx
        xorl %ebp, %ebp
        xorl %edi, %edi
        movl $KERNEL + 0x1000, %eax
        jmp *%eax

        .balign 8
table:
        .quad 0, 0
        .quad 0x00cf9b000000ffff
        .quad 0x00cf93000000ffff
table_pointer:
        .word table_pointer - table - 1
        .long table
        .section .note.GNU-stack, "", @progbits
