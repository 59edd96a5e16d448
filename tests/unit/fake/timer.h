/* coracle/timer.h for a driver that has one timer at a time: the test says when it rings. */
#ifndef FAKE_TIMER_H
#define FAKE_TIMER_H

#include <coracle/timer.h>

extern struct timer *fake_timer; /* the one that runs, or NULL */

void fake_timer_reset(void);
/* Its deadline has come; whatever the clock says. */
void fake_timer_ring(void);

#endif
