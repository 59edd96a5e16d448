/*
 * lwIP's view of compiler and platform (lwIP doc/sys_arch.txt). lwIP runs under the network core lock only.
 */
#ifndef CORACLE_LWIP_CC_H
#define CORACLE_LWIP_CC_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* newlib and glibc both name the byte orders in <machine/endian.h> or <endian.h>; x86 needs one of them only. */
#ifndef LITTLE_ENDIAN
#define LITTLE_ENDIAN 1234
#endif
#ifndef BIG_ENDIAN
#define BIG_ENDIAN 4321
#endif
#ifndef BYTE_ORDER
#define BYTE_ORDER LITTLE_ENDIAN
#endif

#define LWIP_NO_UNISTD_H   1
#define LWIP_NO_CTYPE_H    1
#define LWIP_NO_INTTYPES_H 1
#define X8_F               "02x"
#define U16_F              "u"
#define S16_F              "d"
#define X16_F              "x"
#define U32_F              "u"
#define S32_F              "d"
#define X32_F              "x"
#define SZT_F              "lu"

/* lwIP takes the absence of this one (newlib has none) for the absence of ssize_t. */
#ifndef SSIZE_MAX
#define SSIZE_MAX LONG_MAX
#endif

typedef int sys_prot_t;

/* Byte order: one instruction each. lwIP's own are calls. */
#define lwip_htons(x)                         __builtin_bswap16((uint16_t)(x))
#define lwip_htonl(x)                         __builtin_bswap32((uint32_t)(x))
#define LWIP_DONT_PROVIDE_BYTEORDER_FUNCTIONS 1

/* A broken invariant inside lwIP ends the guest with a crash report: its data can no longer be trusted. */
_Noreturn void network_assertion_failed(const char *message);
#define LWIP_PLATFORM_ASSERT(message) network_assertion_failed(message)
#define LWIP_PLATFORM_DIAG(message)   ((void)0)

/* Unpredictable: initial ports, DHCP and DNS identifiers. */
uint32_t network_random(void);
#define LWIP_RAND() network_random()

/* Internet checksum, RFC 1071: wide adds. */
uint16_t network_checksum(const void *data, int bytes);
#define LWIP_CHKSUM network_checksum

#endif
