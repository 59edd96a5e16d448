/*
 * The entries of the part that is loaded with the program: 32-bit and 64-bit (Linux boot protocol), and the way on to
 * the program's PVH entry. Both get struct boot_params in esi; interrupts are off. Runs wherever it was loaded.
 */
#include "stub.h"

#define PARAMS_SCRATCH 0x1e4
#define CR0_PG         0x80000000
#define CR4_PCIDE      0x00020000
#define MSR_EFER       0xc0000080
#define EFER_LME       0x00000100
#define CODE32         0x10
#define DATA32         0x18

/* For interrupts that are left over (Intel's Software Developer's Manual, volume 3, chapters 6 and 11; 8259A). */
#define INTERRUPTS      256
#define INTERRUPT_GATE  0x8e00
#define MSR_APIC_BASE   0x1b
#define APIC_IS_X2      0x400
#define APIC_BASE_BITS  0xfffff000
#define APIC_EOI        0xb0
#define MSR_X2APIC_EOI  0x80b
#define PIC_MASK        0x21
#define PIC_SECOND_MASK 0xa1

        .section .entry, "ax", @progbits
        .code32
        .globl base
base:
entry32:
        cld
        cli
        leal PARAMS_SCRATCH + 4(%esi), %esp /* 4 bytes that the protocol gives for this */
        call 1f
1:      popl %ebp
        subl $(1b - base), %ebp

/* esp = the end of the memory behind the file. */
        .macro set_stack
        movl (STUB_DESCRIPTION_AT + DESCRIPTION_TOTAL)(%ebp), %esp
        leal STUB_WORK_BYTES(%esp, %ebp), %esp
        .endm

/*
 * ebp = base. What loaders hand over is copied into the stub's memory, unless it is there: bl != 0. Then the stub makes
 * way for the program, unless that is in place: esi != 0.
 */
        xorl %ebx, %ebx
at_base:
        set_stack
        testb %bl, %bl
        jnz told
        call drain
        pushl %ebp
        pushl %esi
        call boot_read                  /* gets struct boot_params and the base, the others the base */
        xorl %esi, %esi
told:
        pushl %ebp
        testl %esi, %esi
        jnz loaded
        call boot_place                 /* returns the new base */
        cmpl %ebp, %eax
        je in_place
        movl %ebp, %esi
        movl %eax, %edi
        movl (STUB_DESCRIPTION_AT + DESCRIPTION_TOTAL)(%ebp), %ecx
        addl $STUB_WORK_BYTES, %ecx
        shrl $2, %ecx                   /* whole pages */
        rep movsl
        movl %eax, %ebp
        leal (in_place - base)(%ebp), %eax
        jmp *%eax
in_place:
        set_stack
        pushl %ebp
        call boot_load
loaded:
        movl %ebp, (%esp)
        call boot_describe
        movl %eax, %ebx
        jmp *(STUB_DESCRIPTION_AT + DESCRIPTION_ENTRY)(%ebp)

        .org STUB_DESCRIPTION_AT
        .globl description
description:
        .ascii STUB_MAGIC
        .long stub_bytes
        .long 0, 0, 0, 0, 0, 0, 0

        .org STUB_TOLD_AT
        .code64
/* Where the EFI code goes on. */
        movb $1, %bl
        jmp leave_long_mode

        .org STUB_ENTRY64_AT
entry64:
        xorl %ebx, %ebx
leave_long_mode:
        cld
        cli
        leaq base(%rip), %rbp
        movl (STUB_DESCRIPTION_AT + DESCRIPTION_TOTAL)(%rbp), %eax
        leaq STUB_WORK_BYTES(%rbp, %rax), %rsp
        leaq (table - base)(%rbp), %rax
        subq $16, %rsp
        movw $table_end - table - 1, 6(%rsp)
        movq %rax, 8(%rsp)
        lgdt 6(%rsp)
        leaq compatibility_mode(%rip), %rax
        pushq $CODE32
        pushq %rax
        lretq

        .code32
compatibility_mode:
        movl $DATA32, %eax
        movl %eax, %ss
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %fs
        movl %eax, %gs
        movl %cr4, %eax
        andl $~CR4_PCIDE, %eax          /* paging cannot be turned off with it on */
        movl %eax, %cr4
        movl %cr0, %eax
        andl $~CR0_PG, %eax
        movl %eax, %cr0
        movl $MSR_EFER, %ecx
        rdmsr
        andl $~EFER_LME, %eax
        wrmsr
        xorl %eax, %eax
        movl %eax, %cr4
        jmp at_base

        .balign 8
table:
        .quad 0, 0
        .quad 0x00cf9b000000ffff        /* CODE32 */
        .quad 0x00cf93000000ffff        /* DATA32 */
table_end:

/*
 * Interrupts that came while those before us had them off, such as the timer's of a Linux that ends in kexec, are still
 * pending in the local APIC. The program has no such vectors: they are taken here. Those of the PIC stay there. The table
 * is in the memory to work in, of which nothing is used yet.
 */
drain:
        movb $0xff, %al
        outb %al, $PIC_MASK
        outb %al, $PIC_SECOND_MASK
        movl (STUB_DESCRIPTION_AT + DESCRIPTION_TOTAL)(%ebp), %edi
        addl %ebp, %edi
        pushl %edi
        pushw $INTERRUPTS * 8 - 1
        leal (acknowledge - base)(%ebp), %edx
        movzwl %dx, %eax
        orl $CODE32 << 16, %eax
        movw $INTERRUPT_GATE, %dx
        movl $INTERRUPTS, %ecx
1:      movl %eax, (%edi)
        movl %edx, 4(%edi)
        addl $8, %edi
        loop 1b
        lidt (%esp)
        addl $6, %esp
        sti
        nop                             /* sti counts from behind the next instruction on */
        cli
        ret

acknowledge:
        pushal
        movl $MSR_APIC_BASE, %ecx
        rdmsr
        testl $APIC_IS_X2, %eax
        jnz 1f
        andl $APIC_BASE_BITS, %eax
        movl $0, APIC_EOI(%eax)
        jmp 2f
1:      movl $MSR_X2APIC_EOI, %ecx
        xorl %eax, %eax
        xorl %edx, %edx
        wrmsr
2:      popal
        iretl

        .section .efi, "ax", @progbits
        .incbin "efi.bin"

        .section .note.GNU-stack, "", @progbits
