/*
 * Sources of entropy beside the CPU's own RDSEED and RDRAND. The CPU is asked first; then each source here in turn.
 */
#ifndef CORACLE_PLATFORM_ENTROPY_H
#define CORACLE_PLATFORM_ENTROPY_H

#include <stddef.h>

struct entropy_source {
        const char *name; /* "virtio-rng" */
        /* Fills at most `bytes`, waiting if need be. Returns how many, at least 1; 0 or negative errno: it is broken.
         */
        long (*fill)(void *ctx, void *buffer, size_t bytes);
        void *ctx;
};

/*
 * virtio-rng (platform/virtio): looks for the device at the first call. NULL: no such device. Whoever links
 * platform_entropy links it: random numbers are worth a driver, and a program without them carries neither.
 */
const struct entropy_source *entropy_virtio(void);

#endif
