/*
 * To be included by what waits for the outside or handles signals: a program that links it hears when it is asked to
 * end (libos/posix/process/power.c). Everything else, like a program that prints and ends, does not carry that.
 */
#ifndef CORACLE_POSIX_HEARS_REQUESTS_H
#define CORACLE_POSIX_HEARS_REQUESTS_H

extern const char power_is_heard;
static const char *const hears_requests __attribute__((used)) = &power_is_heard;

#endif
