/* What drivers ask of the library OS and of the machine, on the host: pages, a clock, a captured log. */
#ifndef FAKE_DRIVER_HOST_H
#define FAKE_DRIVER_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_LOG_BYTES 4096

extern char fake_log[FAKE_LOG_BYTES]; /* every log line so far, each with its room: "[net] ..." */
extern uint64_t fake_clock;           /* each reading takes a millisecond */
extern uint64_t fake_memory_bytes;    /* of the guest */
extern long fake_pages_left;          /* page_alloc fails beyond; -1: never */
extern long fake_pages_used;

/* Forgets everything, page accounting included. */
void fake_host_reset(void);
bool fake_log_has(const char *text);

#endif
