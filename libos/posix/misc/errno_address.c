/* The address of the thread's errno, for parts of newlib that ask for it by this name. */
#include <errno.h>

int *__errno(void);

int *__errno(void)
{
        return &errno;
}
