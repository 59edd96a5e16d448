/* See single.c. */
#ifndef FAKE_SINGLE_H
#define FAKE_SINGLE_H

#include <stdint.h>

extern uint64_t fake_now; /* nanoseconds; the test moves it */

#endif
