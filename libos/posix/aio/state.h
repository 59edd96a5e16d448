/* What the library keeps in a struct aiocb, and the lock over all of them. */
#ifndef CORACLE_POSIX_AIO_STATE_H
#define CORACLE_POSIX_AIO_STATE_H

#include <aio.h>
#include <errno.h>
#include <stdint.h>
#include <sys/uio.h>

#include <coracle/file.h>
#include <coracle/sched.h>

struct aio_group; /* requests of one lio_listio that waits */

struct aio_state {
        struct list link; /* of the requests under way */
        struct file_transfer transfer;
        struct iovec vector;
        int descriptor;
        int status; /* EINPROGRESS; else 0 or an errno, and `result` is aio_return's */
        ssize_t result;
};

static inline struct aio_state *aio_state_of(const struct aiocb *request)
{
        _Static_assert(sizeof(struct aio_state) <= sizeof(request->__state), "aio.h has room for it");
        return (struct aio_state *)(void *)(uintptr_t)request->__state;
}

struct aio {
        struct spinlock lock; /* guards every state */
        struct list under_way;
        struct wait_queue finished; /* woken whenever one has */
};
extern struct aio aio;

/* Starts a request, without a look at how it wants to be told of its end. Returns 0 or a negative errno. */
int aio_start(struct aiocb *request, bool writes);

/* Whether a request is over; an errno that it ended with counts. The lock is held. */
static inline bool aio_is_over(const struct aiocb *request)
{
        return aio_state_of(request)->status != EINPROGRESS;
}

/* -ENOTSUP for what cannot be done to tell about the end of a request. */
int aio_check_event(const struct sigevent *event);

#endif
