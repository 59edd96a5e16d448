/* coracle/sched.h for drivers that are tested in one thread: beside fake/driver_host.h. */
#ifndef FAKE_NO_THREADS_H
#define FAKE_NO_THREADS_H

/* What the rest of the guest does while the driver sleeps; NULL: nothing, and every sleep times out. */
extern void (*fake_on_sleep)(void);

#endif
