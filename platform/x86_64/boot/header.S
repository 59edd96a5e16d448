/*
 * The first page of the file: DOS and PE/COFF headers for UEFI (Microsoft PE format; UEFI 2.10, section 2.1.1), the setup
 * header of the Linux boot protocol 2.15 (Linux, Documentation/arch/x86/boot.rst), and the 16-bit code, which a boot
 * loader enters in real mode after it has read this page below 1 MiB and the rest above.
 *
 * Sizes and addresses that depend on the program are zero here; the coracle command fills them in.
 */
#include "stub.h"

#define BOOT_CS 0x10
#define BOOT_DS 0x18
#define SMAP    0x534d4150

/* struct boot_params (asm/bootparam.h), built behind this page: real-mode code owns 32 KiB from its start. */
#define PARAMS         0x1000
#define PARAMS_BYTES   0x1000
#define E820_ENTRIES   0x1e8
#define E820_TABLE     0x2d0
#define E820_MAX       128
#define E820_BYTES     20
#define STACK_TOP      0x7ff0
#define LOAD_FLAG_HIGH 0x01
#define XLOAD_FLAGS    0x0009 /* XLF_KERNEL_64, XLF_EFI_HANDOVER_64 */

        .section .header, "ax", @progbits
        .code16
        .globl header
header:
        .ascii "MZ"
        .org 0x3c
        .long pe_header - header

pe_header:
        .ascii "PE\0\0"
        .word 0x8664                    /* x86-64 */
        .word 3                         /* sections */
        .long 0, 0, 0                   /* no time, no symbols */
        .word section_table - optional_header
        .word 0x0206                    /* executable, no line numbers, no debug information */
optional_header:
        .word 0x20b                     /* PE32+ */
        .byte 0, 0
        .long 0                         /* 0x5c: size of code */
        .long 0                         /* 0x60: size of initialised data */
        .long 0
        .long STUB_HEADER_BYTES + STUB_EFI_AT
        .long STUB_HEADER_BYTES
        .quad 0                         /* image base: anywhere */
        .long 4096, 512                 /* alignment of sections in memory and in the file */
        .word 0, 0, 0, 0
        .word 1, 0                      /* subsystem version */
        .long 0
        .long 0                         /* 0x90: size of image */
        .long STUB_HEADER_BYTES
        .long 0
        .word 10                        /* EFI application */
        .word 0x0100                    /* NX compatible: no section is both written and executed */
        .quad 0, 0, 0, 0
        .long 0
        .long (section_table - directories) / 8
directories:
        .quad 0, 0, 0, 0, 0             /* export, import, resource, exception, certificate (for signing tools) */
        .long 0                         /* 0xf0: the relocations */
        .long STUB_RELOCATIONS_BYTES
/* Stub and program; the memory to work in; the relocations. The first is in memory as it is in the file. */
section_table:
        .ascii ".text\0\0\0"
        .long 0
        .long STUB_HEADER_BYTES
        .long 0
        .long STUB_HEADER_BYTES
        .quad 0
        .long 0
        .long 0x60000020                /* code, execute, read */
        .ascii ".bss\0\0\0\0"
        .long STUB_WORK_BYTES
        .long 0
        .long 0
        .long 0
        .quad 0
        .long 0
        .long 0xc0000080                /* uninitialised data, read, write */
        .ascii ".reloc\0\0"
        .long STUB_RELOCATIONS_BYTES
        .long 0
        .long FILE_SECTOR_BYTES
        .long 0
        .quad 0
        .long 0
        .long 0x42000040                /* data, discardable, read */

        .org 0x1f1
        .byte STUB_HEADER_BYTES / 512 - 1 /* setup_sects */
        .word 0
        .long 0                         /* 0x1f4: syssize */
        .word 0, 0, 0
        .word 0xaa55
        .byte 0xeb, start_of_setup - protocol /* jump */
protocol:
        .ascii "HdrS"
        .word 0x020f
        .long 0
        .word 0
        .word kernel_version - 0x200 - header
        .byte 0                         /* 0x210: type_of_loader */
        .byte LOAD_FLAG_HIGH
        .word 0
        .long 0x100000                  /* 0x214: code32_start; a loader that puts us elsewhere says so here */
        .long 0, 0, 0                   /* initial RAM disk, bootsect_kludge */
        .word 0
        .byte 0, 0
        .long 0                         /* 0x228: cmd_line_ptr */
        .long 0x7fffffff                /* initrd_addr_max */
        .long 4096                      /* kernel_alignment */
        .byte 1                         /* relocatable_kernel */
        .byte 12                        /* min_alignment */
        .word XLOAD_FLAGS
        .long 4095                      /* cmdline_size: GATE_COMMAND_LINE_MAX less the NUL */
        .long 0
        .quad 0
        .long 0                         /* 0x248: payload_offset */
        .long 0                         /* 0x24c: payload_length */
        .quad 0
        .quad 0                         /* 0x258: pref_address */
        .long 0                         /* 0x260: init_size */
        .long STUB_EFI_AT + STUB_EFI_HANDOVER - 512 /* handover_offset: the 64-bit entry is 512 bytes further */
        .long 0

/* Entered with ds = es = ss = the segment of this page, cs 0x20 more, interrupts on. */
start_of_setup:
        cld
        movw %ds, %ax
        movw %ax, %ss
        movw $STACK_TOP, %sp
        pushw %ds
        pushw $in_segment
        lretw                           /* cs = ds: offsets are from the page's start */
in_segment:
        xorl %eax, %eax
        movw $PARAMS, %di
        movw $PARAMS_BYTES / 4, %cx
        rep stosl
        movw $0x1f1, %si
        movw $PARAMS + 0x1f1, %di
        movw $start_of_setup - 0x1f1, %cx
        rep movsb

/* The memory map (ACPI 6.4, section 15.1). */
        movw $PARAMS + E820_TABLE, %di
        xorl %ebx, %ebx
more_memory:
        movl $0xe820, %eax
        movl $SMAP, %edx
        movl $E820_BYTES, %ecx
        int $0x15
        jc memory_known
        cmpl $SMAP, %eax
        jne memory_known
        incb PARAMS + E820_ENTRIES
        addw $E820_BYTES, %di
        cmpb $E820_MAX, PARAMS + E820_ENTRIES
        je memory_known
        testl %ebx, %ebx
        jnz more_memory
memory_known:

/* Address line 20: hypervisors leave it on. Asking costs little, by the BIOS and by system port A. */
        movw $0x2401, %ax
        int $0x15
        cli
        inb $0x92, %al
        orb $2, %al
        andb $0xfe, %al
        outb %al, $0x92

        xorl %ecx, %ecx
        movw %ds, %cx
        shll $4, %ecx
        addl %ecx, table_pointer + 2
        leal in_protected_mode(%ecx), %eax
        movl %eax, far_target
        lgdtl table_pointer
        movl code32_start, %edx
        movl %cr0, %eax
        orb $1, %al
        movl %eax, %cr0
        ljmpl *far_target
        .set code32_start, 0x214

        .code32
in_protected_mode:
        movl $BOOT_DS, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %ss
        movl %eax, %fs
        movl %eax, %gs
        leal PARAMS(%ecx), %esi
        xorl %ebx, %ebx
        xorl %ebp, %ebp
        xorl %edi, %edi
        jmp *%edx

        .balign 8
table:
        .quad 0, 0
        .quad 0x00cf9b000000ffff        /* BOOT_CS */
        .quad 0x00cf93000000ffff        /* BOOT_DS */
table_pointer:
        .word table_pointer - table - 1
        .long table - header
far_target:
        .long 0
        .word BOOT_CS

kernel_version:
        .asciz "Coracle"
        .org STUB_HEADER_BYTES

        .section .note.GNU-stack, "", @progbits
