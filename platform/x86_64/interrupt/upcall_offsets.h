/* Offsets into struct gate_cpu_page for assembly; interrupt.c checks them. */
#ifndef CORACLE_X86_64_UPCALL_OFFSETS_H
#define CORACLE_X86_64_UPCALL_OFFSETS_H

#define CPU_UPCALL_ENABLED     0
#define CPU_INTERRUPTS_PENDING 1
#define CPU_UPCALL_RIP         40
#define CPU_UPCALL_RFLAGS      48
#define CPU_SELF               56
#define CPU_LIBOS              64
#define CPU_SCRATCH            72

#endif
