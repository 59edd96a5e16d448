/* sendfile (Linux). */
#ifndef _SYS_SENDFILE_H
#define _SYS_SENDFILE_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

ssize_t sendfile(int to, int from, off_t *offset, size_t count);

#ifdef __cplusplus
}
#endif

#endif
