/* Where negative errno inside the library OS becomes -1 and errno for the program. */
#ifndef CORACLE_POSIX_EDGE_H
#define CORACLE_POSIX_EDGE_H

#include <errno.h>
#include <sys/types.h>

static inline ssize_t edge_result(ssize_t result)
{
        if (result >= 0)
                return result;
        errno = (int)-result;
        return -1;
}

static inline int edge_status(int result)
{
        return (int)edge_result(result);
}

#endif
