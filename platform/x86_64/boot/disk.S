/*
 * The boot code in a disk's first sector: the BIOS puts it at 0x7c00 and tells the drive in dl. The coracle command puts
 * the partition table behind it and fills in where the file is.
 */
#include "load_file.inc"
#include "stub.h"

        .section .text, "ax", @progbits
        .code16
        .globl _start
_start:
        start_in_segment_0
in_segment_0:
        set_segments
        movl file_first, %eax
        movl file_sectors, %ecx
        load_file 9

        .org DISK_FILE_AT
file_first:
        .long 0
file_sectors:
        .long 0
        .org DISK_CODE_BYTES

        .section .note.GNU-stack, "", @progbits
