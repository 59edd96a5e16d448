/* What the library OS adds to a crash report. */
#ifndef CORACLE_CORE_CRASH_H
#define CORACLE_CORE_CRASH_H

/* From here on a crash report shows the last log lines. */
void crash_start(void);

/* From here on it names the running thread too: called when there is one. */
void crash_threads_started(void);

#endif
