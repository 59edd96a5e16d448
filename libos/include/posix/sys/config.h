/* newlib's configuration, with the types of POSIX where newlib has older ones. */
#ifndef _CORACLE_SYS_CONFIG_H
#define _CORACLE_SYS_CONFIG_H

#define _READ_WRITE_RETURN_TYPE _ssize_t /* of read and write; newlib's default is int */

#include_next <sys/config.h>

#endif
