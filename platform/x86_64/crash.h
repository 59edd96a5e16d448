/* The crash entry of ring 3: registered with GATE_UPCALL at start, entered by the nucleus after a fatal trap. */
#ifndef CORACLE_X86_64_CRASH_H
#define CORACLE_X86_64_CRASH_H

#include <stdint.h>

/* Not for C to call: the nucleus enters it with rsp = crash_stack_top and struct gate_crash filled in. */
void crash_entry(void);

#define CRASH_STACK_BYTES 16384
extern char crash_stack[CRASH_STACK_BYTES];

#endif
