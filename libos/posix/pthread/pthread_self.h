/*
 * POSIX's view of a thread, between the files of this folder. The parts that few programs use (keys, cancelling) are
 * weak here: they are there when the program links something that needs them.
 */
#ifndef CORACLE_POSIX_PTHREAD_SELF_H
#define CORACLE_POSIX_PTHREAD_SELF_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <coracle/sched.h>

struct pthread {
        struct thread *thread;
        void *(*start)(void *argument);
        void *argument;
        void *result;
        struct spinlock lock; /* guards what follows */
        struct wait_queue joiners;
        bool detached, joined, ended;
        bool static_storage; /* the main thread's */
        atomic_bool reaped;  /* its stack is no longer in use */
        struct pthread *next_finished;
        struct __pthread_cleanup *cleanup; /* only the thread itself */
        /* Cancelling */
        atomic_bool cancelled;
        bool cancel_disabled;          /* only the thread itself */
        struct spinlock cancel_lock;   /* taken before cancel_point's */
        struct spinlock *cancel_point; /* of the wait that a cancel ends; NULL: none */
};

/* The calling thread; one of another room (the network's) is given one on first use. */
struct pthread *pthread_this(void);

static inline struct pthread *pthread_from(pthread_t thread)
{
        return (struct pthread *)thread;
}

/* key.c */
void keys_destroy(void) __attribute__((weak));

/*
 * cancel.c. A cancellation point calls enter before it takes the spinlock under which it waits (and ends the thread if
 * it is cancelled already); a cancel then makes wait_queue_sleep return -EINTR. Afterwards, with no lock held, it
 * calls leave, which ends the thread when it was cancelled and `act` says so.
 */
void cancel_point_enter(struct spinlock *lock) __attribute__((weak));
void cancel_point_leave(bool act) __attribute__((weak));

#endif
