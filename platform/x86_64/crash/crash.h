/* The stack of the crash report: crash_entry.S switches to it, crash.c has it. */
#ifndef CORACLE_X86_64_CRASH_H
#define CORACLE_X86_64_CRASH_H

#define CRASH_STACK_BYTES 16384

#endif
