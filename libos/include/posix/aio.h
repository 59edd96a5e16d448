/*
 * Asynchronous input and output (POSIX.1-2024, aio.h). Requests on disks run side by side; on other files, which do not
 * make anybody wait, they are over when the call returns. Notification by signal or thread is ENOTSUP: aio_suspend.
 */
#ifndef _AIO_H
#define _AIO_H

#include <signal.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

struct aiocb {
        int aio_fildes;
        off_t aio_offset;
        volatile void *aio_buf;
        size_t aio_nbytes;
        int aio_reqprio; /* means nothing here */
        struct sigevent aio_sigevent;
        int aio_lio_opcode;
        void *__state[32]; /* the library's, from the request to aio_return */
};

#define AIO_CANCELED    0
#define AIO_NOTCANCELED 1
#define AIO_ALLDONE     2

#define LIO_READ  0
#define LIO_WRITE 1
#define LIO_NOP   2

#define LIO_WAIT   0
#define LIO_NOWAIT 1

int aio_read(struct aiocb *request);
int aio_write(struct aiocb *request);
int aio_fsync(int operation, struct aiocb *request);
int aio_error(const struct aiocb *request);
ssize_t aio_return(struct aiocb *request);
int aio_suspend(const struct aiocb *const list[], int count, const struct timespec *timeout);
int aio_cancel(int descriptor, struct aiocb *request);
int lio_listio(int mode, struct aiocb *const list[__restrict], int count, struct sigevent *__restrict event);

#ifdef __cplusplus
}
#endif

#endif
