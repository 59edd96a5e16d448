/* Directory entries (POSIX.1-2024, dirent.h). newlib's dirent.h includes this file and declares the functions. */
#ifndef _CORACLE_SYS_DIRENT_H
#define _CORACLE_SYS_DIRENT_H

#include <sys/types.h>

struct dirent {
        ino_t d_ino;
        unsigned short d_reclen;
        unsigned char d_type;
        char d_name[256];
};

#define _DIRENT_HAVE_D_TYPE 1

#define DT_UNKNOWN 0
#define DT_FIFO    1
#define DT_CHR     2
#define DT_DIR     4
#define DT_BLK     6
#define DT_REG     8
#define DT_LNK     10
#define DT_SOCK    12

#define IFTODT(mode) (((mode)&0170000) >> 12)
#define DTTOIF(type) ((type) << 12)

typedef struct __directory DIR;

#endif
