/* virtio-console (virtio 1.2, section 5.3), first port, see console.h of the platform. */
#ifndef CORACLE_VIRTIO_CONSOLE_H
#define CORACLE_VIRTIO_CONSOLE_H

#include <virtio/virtio.h>

/* Takes one device into use. For virtio_probe. Returns 0 or -errno. */
int virtio_console_start(struct virtio_device *device);

#endif
