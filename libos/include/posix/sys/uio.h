/* Scatter-gather reading and writing (POSIX.1-2024, sys/uio.h). */
#ifndef _SYS_UIO_H
#define _SYS_UIO_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef IOV_MAX
#define IOV_MAX 1024
#endif
#define UIO_MAXIOV IOV_MAX

struct iovec {
        void *iov_base;
        size_t iov_len;
};

ssize_t readv(int descriptor, const struct iovec *vector, int count);
ssize_t writev(int descriptor, const struct iovec *vector, int count);
#if __MISC_VISIBLE
ssize_t preadv(int descriptor, const struct iovec *vector, int count, off_t offset);
ssize_t pwritev(int descriptor, const struct iovec *vector, int count, off_t offset);
#endif

#ifdef __cplusplus
}
#endif

#endif
