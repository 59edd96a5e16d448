/* One run over the device: reading or writing, in order or at random. */
#ifndef BLKBENCH_RUN_H
#define BLKBENCH_RUN_H

#include "options.h"

struct result {
        uint64_t requests;
        uint64_t bytes;
        double seconds;
};

/*
 * Reads (or writes) `options->size` bytes of the device. Returns 0, or 1 after saying on standard error which request
 * failed or which byte was wrong.
 */
int run(const struct options *options, int device, bool writes, struct result *result);

#endif
