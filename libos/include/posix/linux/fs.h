/* Requests of ioctl for block devices, numbered as on Linux (its ioctl numbers are direction, size, type and number).
 */
#ifndef _LINUX_FS_H
#define _LINUX_FS_H

#define BLKROGET     0x125e     /* int *: whether it is read-only */
#define BLKGETSIZE   0x1260     /* unsigned long *: sectors of 512 bytes */
#define BLKFLSBUF    0x1261     /* what was written is safe */
#define BLKSSZGET    0x1268     /* int *: bytes of a block, the unit of positions and lengths */
#define BLKBSZGET    0x80081270 /* int *: bytes */
#define BLKGETSIZE64 0x80081272 /* uint64_t *: bytes */
#define BLKDISCARD   0x1277     /* uint64_t[2]: start and length in bytes; the contents may be forgotten */
#define BLKIOMIN     0x1278     /* int *: bytes below which writing costs more */
#define BLKIOOPT     0x1279     /* int *: bytes to write at a time, 0: it does not matter */
#define BLKALIGNOFF  0x127a     /* int *: bytes */
#define BLKPBSZGET   0x127b     /* int *: bytes of a physical block */
#define BLKZEROOUT   0x127f     /* uint64_t[2]: start and length in bytes; they read as zero from then on */

#endif
