/* Locks and waiting for one thread on the host: who waits lets the device work, as interrupts would. */
#ifndef FAKE_WAITING_HOST_H
#define FAKE_WAITING_HOST_H

#include <stdbool.h>

/* Called, no lock held, whenever the thread sleeps. Returns false when nothing will ever wake it: the test fails. */
extern bool (*fake_work)(void);

extern unsigned fake_sleeps;

#endif
