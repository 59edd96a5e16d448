/* virtio-rng (virtio 1.2, section 5.4), see entropy.h. */
#ifndef CORACLE_VIRTIO_RNG_H
#define CORACLE_VIRTIO_RNG_H

#include <virtio/virtio.h>

/* Takes one device into use. For virtio_probe. Returns 0 or -errno. */
int virtio_rng_start(struct virtio_device *device);

#endif
