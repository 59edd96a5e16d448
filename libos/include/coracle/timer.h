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
        unsigned heap_index; /* the queue's own; 0 when not queued */
};

void timer_init(struct timer *timer, void (*fn)(void *ctx), void *ctx);
/* Starts, or moves a running timer. From any context. Returns 0, -ENOMEM (the queue could not grow). */
int timer_start(struct timer *timer, uint64_t deadline);
/* After return fn is not running and will not run. Returns whether the timer was still queued. */
bool timer_cancel(struct timer *timer);

#endif
