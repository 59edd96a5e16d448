/*
 * Thread-local storage in the layout that the linker's local-exec code expects (ELF handling for thread-local storage,
 * variant II): the thread's copy of the image's TLS segment ends where its control block begins, and the thread
 * pointer points at that.
 */
#ifndef CORACLE_SCHED_THREAD_LOCAL_H
#define CORACLE_SCHED_THREAD_LOCAL_H

#include <stddef.h>
#include <stdint.h>

/* Builds a thread's storage in the memory that ends at `top`. Returns the thread pointer. */
uintptr_t thread_local_create(char *top);

/* The lowest address that thread_local_create(top) uses. */
char *thread_local_bottom(char *top);

/* The first thread's, which thread_local_start made. */
uintptr_t thread_local_main(void);

#endif
