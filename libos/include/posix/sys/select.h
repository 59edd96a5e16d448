/* newlib's sys/select.h, with room for as many descriptors in an fd_set as programs expect. */
#ifndef _CORACLE_SYS_SELECT_H
#define _CORACLE_SYS_SELECT_H

#ifndef FD_SETSIZE
#define FD_SETSIZE 1024
#endif

#include_next <sys/select.h>

#endif
