/* The guest is asked to end. */
#ifndef CORACLE_CORE_POWER_H
#define CORACLE_CORE_POWER_H

#include <platform.h>

/* The hook of platform.h. Weak: there when the program waits for something. */
void power_request(enum platform_request request) __attribute__((weak));

#endif
