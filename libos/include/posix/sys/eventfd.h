/* Linux's eventfd(2): a counter that can be waited for. */
#ifndef _SYS_EVENTFD_H
#define _SYS_EVENTFD_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EFD_SEMAPHORE 0x1
#define EFD_CLOEXEC   0x40000 /* as O_CLOEXEC */
#define EFD_NONBLOCK  0x4000  /* as O_NONBLOCK */

typedef uint64_t eventfd_t;

int eventfd(unsigned initial, int flags);
int eventfd_read(int descriptor, eventfd_t *value);
int eventfd_write(int descriptor, eventfd_t value);

#ifdef __cplusplus
}
#endif

#endif
