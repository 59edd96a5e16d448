/*
 * The boot sector of a CD (El Torito 1.0, no emulation), in front of the file in one boot image. xorriso writes the boot
 * information table, which says where that is, into bytes 8 to 63 (xorrisofs(1), -boot-info-table).
 */
#include "load_file.inc"
#include "stub.h"

#define SECTOR_SHIFT 11

        .section .text, "ax", @progbits
        .code16
        .globl _start
_start:
        start_in_segment_0
        .org 8
        .long 0                         /* the volume descriptor's sector */
image_first:
        .long 0
image_bytes:
        .long 0
        .org 64
in_segment_0:
        set_segments
        movl image_first, %eax
        incl %eax
        movl image_bytes, %ecx
        shrl $SECTOR_SHIFT, %ecx
        decl %ecx
        load_file SECTOR_SHIFT
        .org CD_CODE_BYTES

        .section .note.GNU-stack, "", @progbits
