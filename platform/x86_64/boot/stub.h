/*
 * What the boot stub's assembly and C, and the coracle command that puts a program behind it, agree on.
 *
 * The stub is one flat file. Its first page is what boot loaders and firmware read: the PE/COFF headers, the setup
 * header of the Linux boot protocol, and the 16-bit code. What follows is loaded together with the program, anywhere
 * below 4 GiB; offsets are from its start, the "base": 32-bit entry, this description, 64-bit entry, EFI code, the
 * rest. Behind the stub the coracle command puts the program's ELF, a command line, and in the file's last sector the
 * relocations that UEFI firmware wants to see. Behind the file is memory for the stub to work in, of undefined content.
 *
 * Firmware fills the memory for the file with patterns, twice, before it starts anything: each page counts.
 */
#ifndef CORACLE_BOOT_STUB_H
#define CORACLE_BOOT_STUB_H

#define STUB_HEADER_BYTES   0x1000 /* in the file; 8 sectors, of which the boot protocol counts 7 as set-up code */
#define STUB_DESCRIPTION_AT 0x100
#define STUB_TOLD_AT        0x1f8 /* as the next one, but struct work is filled in; esi: is the program in place? */
#define STUB_ENTRY64_AT     0x200 /* Linux boot protocol, "64-bit boot protocol" */
#define STUB_EFI_AT         0x400
#define STUB_EFI_HANDOVER   0x20   /* from STUB_EFI_AT: the entry of the EFI handover protocol */
#define STUB_WORK_BYTES     0x3000 /* whole pages; the stack is at the end */
#define STUB_MAGIC          "CORACLE1"

/* The relocations: one block without any. */
#define STUB_RELOCATIONS_BYTES 12
#define FILE_SECTOR_BYTES      512

/* Of the description, for assembly. */
#define DESCRIPTION_TOTAL 12
#define DESCRIPTION_ENTRY 32

/* Boot sectors. In disk.S: bytes of code, and in it the file's first sector and count of sectors, 32 bits each. */
#define DISK_CODE_BYTES 440
#define DISK_FILE_AT    432
#define CD_CODE_BYTES   2048

#ifndef __ASSEMBLER__
#include <stdint.h>

struct stub_description {
        char magic[8];         /* STUB_MAGIC */
        uint32_t stub_bytes;   /* from the base to the program's ELF */
        uint32_t total_bytes;  /* from the base to the end of the file; whole pages */
        uint32_t elf_bytes;    /* the ELF, at offset stub_bytes: its headers and segments */
        uint32_t command_line; /* offset of the NUL-terminated command line for loaders that give none */
        uint32_t image_start;  /* physical memory that the program needs, zero where no segment fills it; whole pages */
        uint32_t image_end;
        uint32_t entry; /* its PVH entry */
        uint32_t reserved;
};
#endif

#endif
