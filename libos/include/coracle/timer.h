/*
 * The one timer queue. A timer calls fn(ctx) once at its deadline, with interrupts disabled, never early; fn may
 * start the timer again. The structure belongs to the caller and must stay valid until it fired or was cancelled.
 */
#ifndef CORACLE_TIMER_H
#define CORACLE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include <coracle/list.h>

struct timer {
        uint64_t deadline; /* monotonic nanoseconds */
        void (*fn)(void *ctx);
        void *ctx;
        struct timer *child, *next, *previous; /* the queue's own (a pairing heap); previous: elder sibling or parent */
        bool queued;
};

void timer_init(struct timer *timer, void (*fn)(void *ctx), void *ctx);
/* Starts, or moves a running timer. From any context; needs no memory and cannot fail. */
void timer_start(struct timer *timer, uint64_t deadline);
/*
 * After return fn is not running and will not run, unless it is fn that calls. Returns whether it was still queued.
 * The caller holds no lock that fn takes.
 */
bool timer_cancel(struct timer *timer);

#endif
