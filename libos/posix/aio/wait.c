/* aio_suspend and lio_listio (POSIX.1-2024, XSH aio_suspend, lio_listio). */
#include <errno.h>

#include <platform.h>

#include "../edge.h"
#include "../time/clock.h"
#include "state.h"

/* Requests of the list that are over; entries may be NULL. The lock is held. */
static int over(const struct aiocb *const list[], int count)
{
        int found = 0;
        for (int i = 0; i < count; i++)
                found += list[i] != NULL && aio_is_over(list[i]);
        return found;
}

static bool any_over(const struct aiocb *const list[], int count)
{
        for (int i = 0; i < count; i++) {
                if (list[i] != NULL && aio_is_over(list[i]))
                        return true;
        }
        return false;
}

int aio_suspend(const struct aiocb *const list[], int count, const struct timespec *timeout)
{
        int error = 0;
        uint64_t deadline = PLATFORM_FOREVER;
        if (timeout != NULL && !timespec_is_valid(timeout))
                return edge_status(-EINVAL);
        if (timeout != NULL &&
            __builtin_add_overflow(platform_clock_monotonic(), timespec_nanoseconds(timeout), &deadline))
                deadline = PLATFORM_FOREVER;
        spin_lock(&aio.lock);
        while (error == 0 && !any_over(list, count))
                error = wait_queue_sleep(&aio.finished, &aio.lock, deadline);
        spin_unlock(&aio.lock);
        return edge_status(error == -ETIMEDOUT ? -EAGAIN : error);
}

static int wait_for_all(struct aiocb *const list[], int count)
{
        const struct aiocb *const *requests = (const struct aiocb *const *)list;
        int present = 0, failed = 0;
        for (int i = 0; i < count; i++)
                present += list[i] != NULL;
        spin_lock(&aio.lock);
        while (over(requests, count) != present)
                wait_queue_wait(&aio.finished, &aio.lock);
        for (int i = 0; i < count; i++)
                failed += list[i] != NULL && aio_state_of(list[i])->status != 0;
        spin_unlock(&aio.lock);
        return failed != 0 ? -EIO : 0;
}

/* Starts one entry; an error is kept for aio_error. */
static int start(struct aiocb *request)
{
        int error = aio_check_event(&request->aio_sigevent);
        if (request->aio_lio_opcode == LIO_NOP) {
                aio_state_of(request)->status = 0;
                return 0;
        }
        if (error == 0 && request->aio_lio_opcode != LIO_READ && request->aio_lio_opcode != LIO_WRITE)
                error = -EINVAL;
        if (error == 0)
                error = aio_start(request, request->aio_lio_opcode == LIO_WRITE);
        if (error != 0)
                aio_state_of(request)->status = -error;
        return error;
}

int lio_listio(int mode, struct aiocb *const list[restrict], int count, struct sigevent *restrict event)
{
        int failed = 0;
        int error = mode == LIO_NOWAIT ? aio_check_event(event) : 0;
        if (error == 0 && ((mode != LIO_WAIT && mode != LIO_NOWAIT) || count < 0))
                error = -EINVAL;
        if (error != 0)
                return edge_status(error);
        for (int i = 0; i < count; i++)
                failed += list[i] != NULL && start(list[i]) != 0;
        if (mode == LIO_WAIT)
                return edge_status(wait_for_all(list, count));
        return edge_status(failed != 0 ? -EIO : 0);
}
