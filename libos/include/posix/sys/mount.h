/* What programs include it for here: the requests of ioctl for block devices. There is nothing to mount. */
#ifndef _SYS_MOUNT_H
#define _SYS_MOUNT_H

#include <linux/fs.h>

#endif
