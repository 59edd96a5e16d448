/* Words for a trap: what happened, and what kind of memory the address is in. */
#ifndef CORACLE_X86_64_CRASH_REASON_H
#define CORACLE_X86_64_CRASH_REASON_H

#include <stdbool.h>
#include <stdint.h>

#include <x86_64/nucleus/gate.h>

#define TRAP_PAGE_FAULT 14u

/* Page-fault error code (Intel SDM volume 3, section 4.7). */
#define FAULT_PRESENT  0x1u
#define FAULT_WRITE    0x2u
#define FAULT_USER     0x4u
#define FAULT_RESERVED 0x8u
#define FAULT_FETCH    0x10u

bool crash_is_code(const struct gate_boot_info *boot, uint64_t address);

/* "divide error"; "an unknown trap" for a number that the manual does not have. */
const char *crash_trap_name(uint64_t vector);
bool crash_trap_has_error_code(uint64_t vector);

/* "read of", "write to", "execution of". */
const char *crash_access(uint64_t error);

/*
 * The kind of place that a fatal access went to: "read-only text", "page 0 (null pointer)", "the nucleus", ... `rsp`
 * tells a stack that ran over from any other unmapped address.
 */
const char *crash_place(const struct gate_boot_info *boot, uint64_t address, uint64_t rsp);
bool crash_is_stack_overflow(const struct gate_boot_info *boot, uint64_t address, uint64_t rsp);

#endif
