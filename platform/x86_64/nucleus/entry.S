/*
 * Every way into ring 0: the PVH entry at boot, interrupts and exceptions, and `syscall`; and the one way out.
 * This file's code comes first in the image (linker/image.ld), so `_start` is at GATE_NUCLEUS_BASE exactly, and the
 * distance of a label from it is known to the assembler: the interrupt table is complete at link time.
 */
#include "nucleus.h"

#define NUCLEUS_BASE  0x100000
#define PAGE_POINTER  0x003 /* present, writable; supervisor */
#define PAGE_2M       0x083
#define CR0_PE_MP_ET_NE_WP_AM_PG 0x80050033
#define CR4_PAE       0x20
#define MSR_EFER      0xc0000080
#define EFER_LME_SCE  0x101
#define FRAME_BYTES   (16 * 8)

        .section .note.Xen, "a", @note
        .balign 4
        .long 4, 4, 18          /* XEN_ELFNOTE_PHYS32_ENTRY: the PVH entry (Xen, public/elfnote.h) */
        .asciz "Xen"
        .long NUCLEUS_BASE

/* ---- Boot ----
 * PVH: 32-bit protected mode, flat, paging off, interrupts off, ebx = physical address of hvm_start_info; all other
 * registers are undefined. Addresses are formed from ebp: 32-bit absolute relocations do not exist in a PIE.
 */
        .section .entry, "ax", @progbits
        .code32
        .globl _start
_start:
        rdtsc
        movl %eax, %esi
        movl %edx, %edi
        movl $NUCLEUS_BASE, %ebp
        leal (stack_top - _start)(%ebp), %esp

        /* The first 2 MiB, identity, until C gives each page of the nucleus its own permissions. */
        leal (page_map - _start)(%ebp), %eax
        leal (page_pointers - _start)(%ebp), %ecx
        leal (page_directory - _start)(%ebp), %edx
        movl %eax, %cr3
        orl $PAGE_POINTER, %ecx
        movl %ecx, (%eax)
        orl $PAGE_POINTER, %edx
        movl %edx, -PAGE_POINTER(%ecx)
        movl $PAGE_2M, -PAGE_POINTER(%edx)

        movl $CR4_PAE, %eax
        movl %eax, %cr4
        movl $MSR_EFER, %ecx
        rdmsr
        orl $EFER_LME_SCE, %eax
        wrmsr
        movl $CR0_PE_MP_ET_NE_WP_AM_PG, %eax
        movl %eax, %cr0

        leal (descriptors - _start)(%ebp), %eax
        pushl %eax
        pushw $(8 * 8 - 1)
        lgdt (%esp)
        addl $6, %esp
        pushl $SELECTOR_CODE0
        leal (long_mode - _start)(%ebp), %eax
        pushl %eax
        lret

        .code64
long_mode:
        movl $SELECTOR_DATA0, %eax
        xorl %ecx, %ecx
        movl %eax, %ss
        .irp register, ds, es, fs, gs
        movl %ecx, %\register
        .endr
        leaq stack_top(%rip), %rsp
        movq %rdi, %rdx
        shlq $32, %rdx
        orq %rsi, %rdx
        movl %ebx, %esi
        subq $FRAME_BYTES, %rsp         /* boot() fills in the frame with which ring 3 starts */
        movq %rsp, %rdi
        xorl %ebp, %ebp
        call boot
        .irp register, ebx, r12d, r13d, r14d, r15d
        xorl %\register, %\register
        .endr
        jmp leave

/* ---- Ways in and out ----
 * Only what C does not preserve is saved: the rest is still in its registers when ring 3 continues, or crashes. The
 * direction, alignment-check and trace flags are ring 3's: they are cleared.
 */
        .macro enter_c function
        .irp register, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax
        pushq %\register
        .endr
        pushq $2
        popfq
        movq %rsp, %rdi
        call \function
        .endm

/*
 * `syscall`: rcx = return address, r11 = flags, rsp still ring 3's; interrupts are off (SFMASK). NMI, #DB, #DF and #MC
 * have stacks of their own, so nothing can arrive on ring 3's stack. Builds the frame that a trap would.
 */
        .globl gate_entry
gate_entry:
        movq %rsp, gate_rsp(%rip)
        leaq stack_top(%rip), %rsp
        pushq $SELECTOR_DATA3
        pushq gate_rsp(%rip)
        pushq %r11
        pushq $SELECTOR_CODE3
        pushq %rcx
        pushq $0
        pushq $0
        enter_c gate
        movq %rax, (%rsp)
        jmp leave

/*
 * One stub for each vector, which puts its number on the stack; before it a zero when it is an exception for which the
 * CPU pushes no error code. The common code is in the middle of its stubs: short jumps reach it.
 */
        .altmacro
        .macro stub number, has_error, ist, common
stub_\number:
        .if \has_error == 0
        pushq $0
        .endif
        pushq $\number
        jmp \common
        .pushsection .rodata.idt, "a"
        .word stub_\number - _start, SELECTOR_CODE0
        .byte \ist, 0x8e                /* present, DPL 0: `int n` in ring 3 is a general protection fault */
        .word NUCLEUS_BASE >> 16
        .long 0, 0
        .popsection
        .endm
        .macro stubs end, common
        .rept \end - vector
        .set error, vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector >= 29 && vector != 31
        # gas: == is -1 when true, || is 1
        .set ist, -(vector == 1) * IST_DEBUG - (vector == 2) * IST_NMI + (vector == 8 || vector == 18) * IST_DOUBLE
        stub %vector, %error, %ist, \common
        .set vector, vector + 1
        .endr
        .endm

        .pushsection .rodata.idt, "a"
        .balign 16
        .globl interrupt_table
interrupt_table:
        .popsection
        .set vector, 0
        stubs 18, exception_entry
exception_entry:
        enter_c exception
leave:
        .irp register, rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11
        popq %\register
        .endr
        addq $16, %rsp
        iretq
        stubs 32, exception_entry
        stubs 58, interrupt_entry
interrupt_entry:
        pushq (%rsp)                    /* interrupts have no error code: their number twice */
        enter_c interrupt
        jmp leave
        stubs VECTORS, interrupt_entry

/* hypercall(first, second, third, number, amd), by the CPU's own instruction (Xen, XSA-466): no page of code from Xen. */
        .globl hypercall
hypercall:
        movl %ecx, %eax
        testl %r8d, %r8d
        jz 1f
        vmmcall
        ret
1:      vmcall
        ret

/* ---- Data ---- */
        .section .data.descriptors, "aw"
        .balign 16
        .globl descriptors
descriptors:
        .quad 0
        .quad 0x00af9b000000ffff        /* ring 0 code */
        .quad 0x00cf93000000ffff        /* ring 0 data */
        .quad 0                         /* ring 3 32-bit code: none */
        .quad 0x00cff3000000ffff        /* ring 3 data */
        .quad 0x00affb000000ffff        /* ring 3 code */
        .quad 0, 0                      /* task state, by boot.c */

        .section .bss.tables, "aw", @nobits
        .balign 4096
        .globl page_map, page_directory, page_table
page_map:
        .skip 4096
page_pointers:
        .skip 4096
page_directory:
        .skip 4096
page_table:
        .skip 4096

/* An overflow of the stack hits the page below, which is never mapped: #DF, on a stack of its own. The 16 bytes above
 * the top belong to a frame that is read one word too high: an interrupt message sent to the vector of an exception
 * that has an error code. */
        .globl stack_guard, stack_top, interrupt_stacks
stack_guard:
        .skip 4096
        .skip STACK_BYTES - 16
stack_top:
        .skip 16
interrupt_stacks:
        .skip 3 * INTERRUPT_STACK_BYTES
gate_rsp:
        .skip 8

        .section .note.GNU-stack, "", @progbits
