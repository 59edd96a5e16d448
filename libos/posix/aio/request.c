/*
 * aio_read, aio_write, aio_error, aio_return and aio_cancel (POSIX.1-2024, XSH aio_read). A request keeps all it needs
 * in its struct aiocb: there is no queue, no thread and no memory of ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../../block/linked.h"
#include "../edge.h"
#include "../file/vector.h"
#include "state.h"

BLOCK_FILES_ARE_LINKED;

struct aio aio = {.under_way = LIST_INIT(aio.under_way), .finished = WAIT_QUEUE_INIT(aio.finished)};

int aio_check_event(const struct sigevent *event)
{
        return event == NULL || event->sigev_notify == 0 || event->sigev_notify == SIGEV_NONE ? 0 : -ENOTSUP;
}

static void finish(struct aio_state *state, ssize_t result)
{
        spin_lock(&aio.lock);
        list_remove(&state->link);
        state->status = result < 0 ? (int)-result : 0;
        state->result = result < 0 ? -1 : result;
        wait_queue_wake_all(&aio.finished);
        spin_unlock(&aio.lock);
}

static void done(struct file_transfer *transfer, ssize_t result)
{
        finish(list_entry(transfer, struct aio_state, transfer), result);
}

/* What `start` does for files that have it; others are read and written at once, if that makes nobody wait. */
static int start(struct file *file, struct aio_state *state)
{
        struct file_transfer *transfer = &state->transfer;
        const struct file_operations *operations = file->operations;
        if (operations->start != NULL)
                return operations->start(file, transfer);
        if (operations->poll != NULL)
                return -ENOTSUP;
        ssize_t (*move)(struct file *, const struct iovec *, int, off_t) =
                transfer->writes ? operations->write : operations->read;
        if (transfer->count == 0)
                done(transfer, operations->sync != NULL ? operations->sync(file) : -EINVAL);
        else
                done(transfer, move != NULL ? move(file, transfer->vector, transfer->count, transfer->at) : -EINVAL);
        return 0;
}

static int check(const struct file *file, const struct aio_state *state)
{
        int mode = atomic_load_explicit(&file->flags, memory_order_relaxed) & O_ACCMODE;
        if (state->transfer.count != 0 && mode == (state->transfer.writes ? O_RDONLY : O_WRONLY))
                return -EBADF;
        return state->transfer.at < 0 ? -EINVAL : vector_check(state->transfer.vector, state->transfer.count);
}

/* Sets a request going that is described in its state. */
static int launch(struct aio_state *state)
{
        struct file *file = file_lookup(state->descriptor);
        if (file == NULL)
                return -EBADF;
        int error = check(file, state);
        if (error == 0) {
                state->status = EINPROGRESS;
                spin_lock(&aio.lock);
                list_append(&aio.under_way, &state->link);
                spin_unlock(&aio.lock);
                error = start(file, state);
                if (error != 0)
                        finish(state, error);
        }
        file_put(file);
        return error;
}

int aio_start(struct aiocb *request, bool writes)
{
        struct aio_state *state = aio_state_of(request);
        memset(state, 0, sizeof(*state));
        state->descriptor = request->aio_fildes;
        state->vector = (struct iovec){(void *)(uintptr_t)request->aio_buf, request->aio_nbytes};
        state->transfer = (struct file_transfer){
                .vector = &state->vector, .count = 1, .writes = writes, .at = request->aio_offset, .done = done};
        return launch(state);
}

int aio_read(struct aiocb *request)
{
        int error = aio_check_event(&request->aio_sigevent);
        return edge_status(error != 0 ? error : aio_start(request, false));
}

int aio_write(struct aiocb *request)
{
        int error = aio_check_event(&request->aio_sigevent);
        return edge_status(error != 0 ? error : aio_start(request, true));
}

/* Whether that request, or any when it is NULL, of the descriptor's is under way. The lock is held. */
static bool is_under_way(int descriptor, const struct aio_state *request)
{
        list_for_each(node, &aio.under_way)
        {
                const struct aio_state *state = list_entry(node, struct aio_state, link);
                if (state->descriptor == descriptor && (request == NULL || request == state))
                        return true;
        }
        return false;
}

/* What was asked of the descriptor before is over first: a device's flush covers what it has finished. */
int aio_fsync(int operation, struct aiocb *request)
{
        struct aio_state *state = aio_state_of(request);
        int error = aio_check_event(&request->aio_sigevent);
        if (error == 0 && operation != O_SYNC && operation != O_DSYNC)
                error = -EINVAL;
        if (error != 0)
                return edge_status(error);
        memset(state, 0, sizeof(*state));
        state->descriptor = request->aio_fildes;
        state->transfer = (struct file_transfer){.vector = &state->vector, .done = done};
        spin_lock(&aio.lock);
        while (is_under_way(state->descriptor, NULL))
                wait_queue_wait(&aio.finished, &aio.lock);
        spin_unlock(&aio.lock);
        return edge_status(launch(state));
}

int aio_error(const struct aiocb *request)
{
        spin_lock(&aio.lock);
        int status = aio_state_of(request)->status;
        spin_unlock(&aio.lock);
        return status;
}

ssize_t aio_return(struct aiocb *request)
{
        struct aio_state *state = aio_state_of(request);
        spin_lock(&aio.lock);
        int status = state->status;
        ssize_t result = status == EINPROGRESS ? -1 : state->result;
        spin_unlock(&aio.lock);
        if (result < 0)
                errno = status;
        return result;
}

/* Nothing that a device has can be called back. */
int aio_cancel(int descriptor, struct aiocb *request)
{
        struct file *file = file_lookup(descriptor);
        bool found;
        if (file == NULL)
                return edge_status(-EBADF);
        file_put(file);
        spin_lock(&aio.lock);
        found = is_under_way(descriptor, request == NULL ? NULL : aio_state_of(request));
        spin_unlock(&aio.lock);
        return found ? AIO_NOTCANCELED : AIO_ALLDONE;
}
