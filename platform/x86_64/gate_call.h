/*
 * The gate, called from C in ring 3. The numbers, arguments and results are those of nucleus/gate.h; unused arguments
 * are zero. An ordinary function, so that unit tests can stand in for the nucleus.
 */
#ifndef CORACLE_X86_64_GATE_CALL_H
#define CORACLE_X86_64_GATE_CALL_H

#include <stdint.h>

#include "nucleus/gate.h"

int64_t gate_call(enum gate_number number, uint64_t first, uint64_t second, uint64_t third, uint64_t fourth);

/* The boot info that the nucleus passed to the first instruction of ring 3. */
const struct gate_boot_info *gate_boot_info(void);

/* This CPU's page, and the record of a fatal trap. */
struct gate_cpu_page *gate_cpu_page(void);
const struct gate_crash *gate_crash(void);

#endif
