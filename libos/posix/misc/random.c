/*
 * getrandom and getentropy (Linux getrandom(2), POSIX.1-2024 getentropy). newlib's arc4random stirs itself from the
 * latter. Without a source of entropy they work and the platform has said at boot that the numbers are weak.
 */
#include <errno.h>
#include <sys/random.h>

#include <platform.h>

#include "../edge.h"

#define GETENTROPY_MAX 256 /* POSIX's limit */

ssize_t getrandom(void *buffer, size_t bytes, unsigned flags)
{
        if ((flags & ~(unsigned)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) != 0)
                return edge_result(-EINVAL);
        if (bytes > __INT_MAX__)
                bytes = __INT_MAX__;
        (void)platform_entropy(buffer, bytes);
        return (ssize_t)bytes;
}

int getentropy(void *buffer, size_t bytes)
{
        if (bytes > GETENTROPY_MAX)
                return edge_status(-EIO);
        (void)platform_entropy(buffer, bytes);
        return 0;
}
