/* The mask of signals that ppoll, pselect and epoll_pwait wait with. */
#ifndef CORACLE_POSIX_MASK_H
#define CORACLE_POSIX_MASK_H

#include <signal.h>
#include <stddef.h>

#include "../process/signal.h"

/*
 * Sets *mask (NULL: nothing changes) for a wait. -EINTR: it let in a signal that waited already, and there is nothing
 * to wait for. mask_end follows either way. A program without signals has none to let in.
 */
static inline int mask_begin(const sigset_t *mask, sigset_t *before)
{
        return mask != NULL && signal_wait_begin != NULL ? signal_wait_begin(mask, before) : 0;
}

static inline void mask_end(const sigset_t *mask, const sigset_t *before)
{
        if (mask != NULL && signal_wait_end != NULL)
                signal_wait_end(before);
}

#endif
