/* posix_memalign, which newlib lacks (POSIX.1-2024), on newlib's memalign. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

int posix_memalign(void **memory, size_t alignment, size_t bytes)
{
        if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0)
                return EINVAL;

        int before = errno;
        void *allocated = memalign(alignment, bytes == 0 ? 1 : bytes);

        errno = before;
        if (allocated == NULL)
                return ENOMEM;
        *memory = allocated;
        return 0;
}
