/* Linux's getrandom(2). Never blocks; GRND_RANDOM and GRND_NONBLOCK change nothing. */
#ifndef _SYS_RANDOM_H
#define _SYS_RANDOM_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GRND_NONBLOCK 0x1
#define GRND_RANDOM   0x2
#define GRND_INSECURE 0x4

ssize_t getrandom(void *buffer, size_t bytes, unsigned flags);
int getentropy(void *buffer, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
