/* The log's inside, for boot and the crash report. Everybody else uses coracle/log.h. */
#ifndef CORACLE_CORE_LOG_RING_H
#define CORACLE_CORE_LOG_RING_H

#include <stdbool.h>
#include <stddef.h>

/* From now on (or no longer) every line reaches the console, with the time since boot in front. */
void log_set_verbose(bool verbose);
bool log_is_verbose(void);

/*
 * Calls fn for each line that the ring still has, oldest first, at most the last `count`; text is not
 * NUL-terminated and valid during the call only. Takes no lock: for the crash report, which may have interrupted
 * log_write.
 */
void log_last_lines(unsigned count, void (*fn)(const char *text, size_t length));

#endif
