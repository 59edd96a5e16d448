/* blkbench: reads and writes a block device, checks what comes back, and says how fast. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "run.h"

#ifndef O_DIRECT
#define O_DIRECT 0
#endif

static void report(const struct options *options, const char *what, const struct result *result)
{
        double seconds = result->seconds > 0 ? result->seconds : 1e-9;
        printf("%s %s, %u bytes at a time, depth %u: %.1f MiB in %.3f s, %.1f MB/s, %.0f IOPS\n",
               options->random ? "random" : "sequential", what, options->block, options->depth,
               (double)result->bytes / (1 << 20), seconds, (double)result->bytes / 1e6 / seconds,
               (double)result->requests / seconds);
        fflush(stdout);
}

/* Makes the size one that the device has, in whole blocks. Returns 0, or 2 when the options do not fit the device. */
static int fit(struct options *options, int device)
{
        uint64_t bytes = 0;
        int sector = 512;
        off_t end = lseek(device, 0, SEEK_END);
        if (ioctl(device, BLKGETSIZE64, &bytes) != 0)
                bytes = end > 0 ? (uint64_t)end : 0; /* a plain file */
        ioctl(device, BLKSSZGET, &sector);
        if (options->size > bytes) {
                fprintf(stderr, "blkbench: --size %llu is more than %s has, %llu\n", (unsigned long long)options->size,
                        options->device, (unsigned long long)bytes);
                return 2;
        }
        if (options->block % (unsigned)sector != 0) {
                fprintf(stderr, "blkbench: --block %u is not a multiple of the %d bytes of a sector of %s\n",
                        options->block, sector, options->device);
                return 2;
        }
        options->size = (options->size != 0 ? options->size : bytes) / options->block * options->block;
        if (options->size != 0)
                return 0;
        fprintf(stderr, "blkbench: %s is smaller than a block of %u bytes\n", options->device, options->block);
        return 2;
}

int main(int argc, char **argv)
{
        struct options options;
        struct result result;
        options_parse(&options, argc, argv);
        int device = open(options.device, (options.write ? O_RDWR : O_RDONLY) | O_DIRECT);
        if (device < 0) {
                fprintf(stderr, "blkbench: %s: %s\n", options.device, strerror(errno));
                return 1;
        }
        int status = fit(&options, device);
        if (status == 0 && options.write) {
                status = run(&options, device, true, &result);
                if (status == 0)
                        report(&options, "write", &result);
        }
        if (status == 0 && options.read) {
                status = run(&options, device, false, &result);
                if (status == 0)
                        report(&options, options.verify ? "read and verify" : "read", &result);
        }
        close(device);
        return status;
}
