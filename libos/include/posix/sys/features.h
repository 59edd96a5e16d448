/* newlib's feature-test macros, and which options of POSIX this system offers (POSIX.1-2024, unistd.h). */
#ifndef _CORACLE_SYS_FEATURES_H
#define _CORACLE_SYS_FEATURES_H

#include_next <sys/features.h>

/* newlib's headers show clocks and threads to systems that have them. */
#define _POSIX_TIMERS                   200809L
#define _POSIX_MONOTONIC_CLOCK          200809L
#define _POSIX_CLOCK_SELECTION          200809L
#define _POSIX_TIMEOUTS                 200809L
#define _POSIX_THREADS                  200809L
#define _POSIX_THREAD_ATTR_STACKSIZE    200809L
#define _POSIX_THREAD_ATTR_STACKADDR    200809L
#define _POSIX_THREAD_SAFE_FUNCTIONS    200809L
#define _POSIX_READER_WRITER_LOCKS      200809L
#define _POSIX_SPIN_LOCKS               200809L
#define _POSIX_BARRIERS                 200809L
#define _POSIX_SEMAPHORES               200809L
#define _UNIX98_THREAD_MUTEX_ATTRIBUTES 1

/* No processes, one user, files that cannot change. */
#define _POSIX_FSYNC        200809L
#define _POSIX_NO_TRUNC     1
#define _POSIX_VDISABLE     '\0'
#define _POSIX_IPV6         200809L
#define _POSIX_MAPPED_FILES 200809L

#if __POSIX_VISIBLE >= 200809
#define _POSIX_VERSION 200809L
#elif __POSIX_VISIBLE >= 200112
#define _POSIX_VERSION 200112L
#elif __POSIX_VISIBLE
#define _POSIX_VERSION 199506L
#endif
#if __XSI_VISIBLE >= 4
#define _XOPEN_VERSION __XSI_VISIBLE
#endif

#endif
