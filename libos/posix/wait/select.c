/* select and pselect (POSIX.1-2024, XSH pselect), on top of poll. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>

#include "../edge.h"
#include "../file/table.h"
#include "mask.h"
#include "poll.h"
#include "waiter.h"

#define FEW 32 /* descriptors whose pollfds fit on the stack */

#define READ_EVENTS   (POLLIN | POLLRDNORM)
#define WRITE_EVENTS  (POLLOUT | POLLWRNORM)
#define READ_READY    (READ_EVENTS | POLLHUP | POLLERR)
#define WRITE_READY   (WRITE_EVENTS | POLLERR)
#define EXCEPT_EVENTS POLLPRI

/*
 * An fd_set is an array of unsigned long. Programs may make theirs larger than FD_SETSIZE, so the words are addressed
 * without regard to it.
 */
#define WORD_BITS (8 * (int)sizeof(unsigned long))

static unsigned long *word_of(fd_set *set, int descriptor)
{
        return (unsigned long *)(void *)set + descriptor / WORD_BITS;
}

static unsigned long bit_of(int descriptor)
{
        return 1ul << (descriptor % WORD_BITS);
}

static bool has(fd_set *set, int descriptor)
{
        return set != NULL && (*word_of(set, descriptor) & bit_of(descriptor)) != 0;
}

/* Takes the descriptor out of the set unless it is ready; returns how many it counts for. */
static int answer(fd_set *set, int descriptor, bool ready)
{
        if (!has(set, descriptor))
                return 0;
        if (ready)
                return 1;
        *word_of(set, descriptor) &= ~bit_of(descriptor);
        return 0;
}

static nfds_t gather(struct pollfd *polls, int count, fd_set *reads, fd_set *writes, fd_set *excepts)
{
        nfds_t used = 0;
        for (int i = 0; i < count; i++) {
                short events = (short)((has(reads, i) ? READ_EVENTS : 0) | (has(writes, i) ? WRITE_EVENTS : 0) |
                                       (has(excepts, i) ? EXCEPT_EVENTS : 0));
                if (events == 0)
                        continue;
                if (polls != NULL)
                        polls[used] = (struct pollfd){i, events, 0};
                used++;
        }
        return used;
}

static int select_descriptors(int count, fd_set *reads, fd_set *writes, fd_set *excepts, int64_t nanoseconds)
{
        struct pollfd few[FEW];
        struct pollfd *polls = few;
        if (count < 0 || count > DESCRIPTORS_MAX)
                return -EINVAL;
        nfds_t used = gather(NULL, count, reads, writes, excepts);
        if (used > FEW) {
                polls = malloc(used * sizeof(*polls));
                if (polls == NULL)
                        return -ENOMEM;
        }
        gather(polls, count, reads, writes, excepts);
        int result = poll_descriptors(polls, used, nanoseconds);
        int bits = 0;
        for (nfds_t i = 0; result >= 0 && i < used; i++) {
                if ((polls[i].revents & POLLNVAL) != 0)
                        result = -EBADF;
        }
        for (nfds_t i = 0; result >= 0 && i < used; i++) {
                short ready = polls[i].revents;
                bits += answer(reads, polls[i].fd, (ready & READ_READY) != 0);
                bits += answer(writes, polls[i].fd, (ready & WRITE_READY) != 0);
                bits += answer(excepts, polls[i].fd, (ready & EXCEPT_EVENTS) != 0);
        }
        if (polls != few)
                free(polls);
        return result < 0 ? result : bits;
}

int select(int count, fd_set *reads, fd_set *writes, fd_set *excepts, struct timeval *timeout)
{
        int64_t nanoseconds = -1;
        if (timeout != NULL) {
                struct timespec time = {timeout->tv_sec, (long)timeout->tv_usec * 1000};
                if (!timespec_is_valid(&time))
                        return edge_status(-EINVAL);
                nanoseconds = timespec_nanoseconds(&time);
        }
        return edge_status(select_descriptors(count, reads, writes, excepts, nanoseconds));
}

int pselect(int count, fd_set *reads, fd_set *writes, fd_set *excepts, const struct timespec *timeout,
            const sigset_t *mask)
{
        sigset_t before;
        if (timeout != NULL && !timespec_is_valid(timeout))
                return edge_status(-EINVAL);
        int result = mask_begin(mask, &before);
        if (result == 0)
                result = select_descriptors(count, reads, writes, excepts,
                                            timeout == NULL ? -1 : timespec_nanoseconds(timeout));
        mask_end(mask, &before);
        return edge_status(result);
}
