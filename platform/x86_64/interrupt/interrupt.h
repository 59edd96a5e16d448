/* The core of virtual interrupts, below the devices' (irq.h). */
#ifndef CORACLE_X86_64_INTERRUPT_H
#define CORACLE_X86_64_INTERRUPT_H

#include <stdint.h>

/* Calls handler(ctx), interrupts disabled, whenever the vector (GATE_VECTOR_FIRST to LAST) arrives. */
void interrupt_set_handler(unsigned vector, void (*handler)(void *ctx), void *ctx);

/* How an upcall saves the FPU: bytes of the XSAVE area, or 0 for FXSAVE. Before interrupts are first enabled. */
void interrupt_start(uint32_t xsave_bytes);

/* From upcall.S: runs the handlers of everything pending, then the exit hook. Interrupts are disabled throughout. */
void interrupts_run(void);

#endif
