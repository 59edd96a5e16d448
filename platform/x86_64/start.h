/* What the start of ring 3 shares with the rest of the platform. */
#ifndef CORACLE_X86_64_START_H
#define CORACLE_X86_64_START_H

#include <stdbool.h>

#include "nucleus/gate.h"

_Noreturn void platform_start(const struct gate_boot_info *info);
_Noreturn void libos_start(void); /* libos/core: the library OS begins, interrupts disabled */

/* Finds out whether this CPU's ring 3 may execute wrfsbase (context.c). offered: CPUID says so. */
void thread_pointer_start(const struct gate_boot_info *info);

#endif
