/* What the library OS adds to a crash report. */
#ifndef CORACLE_CORE_CRASH_H
#define CORACLE_CORE_CRASH_H

/* The hook of platform.h: tells the thread that ran, if there is one yet, and the last log lines. */
void crash_describe(void);

#endif
