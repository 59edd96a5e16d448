/* Moving bytes between a flat buffer and the pieces of a struct iovec. */
#ifndef CORACLE_POSIX_VECTOR_H
#define CORACLE_POSIX_VECTOR_H

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>

#define VECTOR_MAX 1024 /* pieces, IOV_MAX */

/* A position in a vector. */
struct vector_cursor {
        const struct iovec *piece;
        int left;      /* pieces, this one included */
        size_t offset; /* in this piece */
};

static inline struct vector_cursor vector_start(const struct iovec *vector, int count)
{
        return (struct vector_cursor){vector, count, 0};
}

/* The contiguous bytes at the cursor, at most `most`, and the cursor moved past them. 0 at the end. */
static inline size_t vector_take(struct vector_cursor *cursor, size_t most, char **bytes)
{
        while (cursor->left > 0) {
                size_t room = cursor->piece->iov_len - cursor->offset;
                if (room != 0) {
                        size_t taken = room < most ? room : most;
                        *bytes = (char *)cursor->piece->iov_base + cursor->offset;
                        cursor->offset += taken;
                        return taken;
                }
                cursor->piece++;
                cursor->left--;
                cursor->offset = 0;
        }
        return 0;
}

/* Copies into the vector; returns how much fitted. */
static inline size_t vector_fill(struct vector_cursor *cursor, const void *from, size_t bytes)
{
        size_t done = 0;
        char *to;
        while (done < bytes) {
                size_t taken = vector_take(cursor, bytes - done, &to);
                if (taken == 0)
                        break;
                memcpy(to, (const char *)from + done, taken);
                done += taken;
        }
        return done;
}

/* Copies out of the vector; returns how much there was. */
static inline size_t vector_drain(struct vector_cursor *cursor, void *to, size_t bytes)
{
        size_t done = 0;
        char *from;
        while (done < bytes) {
                size_t taken = vector_take(cursor, bytes - done, &from);
                if (taken == 0)
                        break;
                memcpy((char *)to + done, from, taken);
                done += taken;
        }
        return done;
}

static inline size_t vector_bytes(const struct iovec *vector, int count)
{
        size_t bytes = 0;
        for (int i = 0; i < count; i++)
                bytes += vector[i].iov_len;
        return bytes;
}

/* What POSIX asks of the arguments of readv and writev: -EINVAL when the count or the total is out of range. */
static inline int vector_check(const struct iovec *vector, int count)
{
        size_t total = 0;
        if (count < 0 || count > VECTOR_MAX)
                return -EINVAL;
        for (int i = 0; i < count; i++) {
                if (vector[i].iov_len > (size_t)__PTRDIFF_MAX__ - total)
                        return -EINVAL;
                total += vector[i].iov_len;
        }
        return 0;
}

#endif
