/* Stacks with guard pages, kept for reuse. */
#ifndef CORACLE_SCHED_STACK_H
#define CORACLE_SCHED_STACK_H

#include <stddef.h>

/* The lowest address of a stack, contents undefined; NULL when there is no memory. Sizes are whole pages. */
void *stack_alloc(size_t bytes, size_t guard_bytes);

/* From any context; interrupts disabled. */
void stack_free(void *stack, size_t bytes, size_t guard_bytes);

#endif
