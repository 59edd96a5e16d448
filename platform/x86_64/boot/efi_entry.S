/* The first bytes of the EFI code (stub.h, STUB_EFI_AT): PE/COFF entry, and that of the EFI handover protocol. */
#include "stub.h"

        .section .entry, "ax", @progbits
        .globl efi_start
efi_start:
/* rcx = image handle, rdx = system table (UEFI 2.10, section 2.3.4.1: Microsoft's calling convention). */
        pushq %rdi                      /* Microsoft's convention preserves these two, ours does not */
        pushq %rsi
        movq %rcx, %rdi
        movq %rdx, %rsi
        xorl %edx, %edx
        call handover
        popq %rsi
        popq %rdi
        ret

        .org STUB_EFI_HANDOVER
/* rdi = image handle, rsi = system table, rdx = struct boot_params; the boot loader's calling convention is ours. */
handover:
        subq $8, %rsp
        leaq efi_start - STUB_EFI_AT(%rip), %rcx
        call efi_boot
        addq $8, %rsp
        ret

/* efi_leave(entry, in_place): into a 64-bit entry of the stub. */
        .globl efi_leave
efi_leave:
        jmp *%rdi

        .section .note.GNU-stack, "", @progbits
