/* Byte order, POSIX.1-2024 and glibc names. */
#ifndef _CORACLE_ENDIAN_H
#define _CORACLE_ENDIAN_H

#include <machine/endian.h>
#include <sys/endian.h>

#endif
