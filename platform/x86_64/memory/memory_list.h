/* Free memory as a list, out of the nucleus's claims. */
#ifndef CORACLE_X86_64_MEMORY_LIST_H
#define CORACLE_X86_64_MEMORY_LIST_H

#include <platform.h>

#include <x86_64/nucleus/gate.h>

/*
 * Writes the ranges of free memory, sorted and disjoint, each as the nucleus would let it be mapped. Returns their
 * number, at most `room`: what does not fit is not used.
 */
unsigned memory_list(const struct gate_boot_info *info, struct platform_range *list, unsigned room);

#endif
