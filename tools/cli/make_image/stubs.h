/* The boot code that goes in front of programs, from platform/x86_64/boot, as part of this command. */
#ifndef CLI_MAKE_IMAGE_STUBS_H
#define CLI_MAKE_IMAGE_STUBS_H

#include <stddef.h>

extern const unsigned char stub_start[], stub_end[]; /* platform/x86_64/boot/stub.h */
extern const unsigned char disk_start[], disk_end[]; /* disk.S */
extern const unsigned char cd_start[], cd_end[];     /* cd.S */

#endif
