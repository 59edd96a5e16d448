/* A window of `depth` asynchronous requests (POSIX aio) over the device. */
#include "run.h"

#include <aio.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pattern.h"

#define ALIGNMENT 4096

struct run {
        const struct options *options;
        bool writes;
        uint64_t blocks; /* of the size */
        uint64_t issued;
        uint64_t random; /* state of the generator */
        uint64_t deadline;
        struct result *result;
};

static uint64_t now(void)
{
        struct timespec time;
        clock_gettime(CLOCK_MONOTONIC, &time);
        return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* xorshift64*, Marsaglia 2003 and Vigna 2014: good enough for offsets. */
static uint64_t next_random(struct run *run)
{
        uint64_t x = run->random;
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        run->random = x;
        return (x * 0x2545f4914f6cdd1du) >> 16;
}

static bool is_over(const struct run *run)
{
        if (run->options->seconds != 0)
                return now() >= run->deadline;
        return run->issued == run->blocks;
}

/* Starts the next request in a slot that is free. Returns 0 or 1. */
static int issue(struct run *run, struct aiocb *slot)
{
        uint64_t block = run->options->random ? next_random(run) % run->blocks : run->issued % run->blocks;
        slot->aio_offset = (off_t)(block * run->options->block);
        if (run->writes)
                pattern_fill((void *)(uintptr_t)slot->aio_buf, slot->aio_nbytes, (uint64_t)slot->aio_offset,
                             run->options->seed);
        run->issued++;
        if ((run->writes ? aio_write(slot) : aio_read(slot)) == 0)
                return 0;
        fprintf(stderr, "blkbench: %s: %s at offset %lld: %s\n", run->options->device, run->writes ? "write" : "read",
                (long long)slot->aio_offset, strerror(errno));
        slot->aio_fildes = -1;
        return 1;
}

static int check(const struct run *run, const struct aiocb *slot)
{
        const char *bytes = (const char *)(uintptr_t)slot->aio_buf;
        uint64_t offset = (uint64_t)slot->aio_offset;
        uint64_t wrong = pattern_check(bytes, slot->aio_nbytes, offset, run->options->seed);
        if (wrong == slot->aio_nbytes)
                return 0;
        fprintf(stderr, "blkbench: %s: wrong byte at offset %llu: 0x%02x instead of 0x%02x\n", run->options->device,
                (unsigned long long)offset + wrong, (uint8_t)bytes[wrong],
                pattern_byte(offset + wrong, run->options->seed));
        return 1;
}

/* Takes the result of a request that is over. Returns 0 or 1. */
static int reap(struct run *run, struct aiocb *slot)
{
        int error = aio_error(slot);
        ssize_t bytes = aio_return(slot);
        if (error != 0 || bytes != (ssize_t)slot->aio_nbytes) {
                fprintf(stderr, "blkbench: %s: %s of %zu bytes at offset %lld: %s\n", run->options->device,
                        run->writes ? "write" : "read", slot->aio_nbytes, (long long)slot->aio_offset,
                        error != 0 ? strerror(error) : "cut short");
                return 1;
        }
        run->result->requests++;
        run->result->bytes += (uint64_t)bytes;
        return run->options->verify && !run->writes ? check(run, slot) : 0;
}

/* Keeps the slots full until all is issued, then lets them run dry. Slots that are free have descriptor -1. */
static int pump(struct run *run, int device, struct aiocb *slots, const struct aiocb **waiting)
{
        unsigned depth = run->options->depth, busy = 0;
        int failed = 0;
        for (;;) {
                for (unsigned i = 0; i < depth && failed == 0 && !is_over(run); i++) {
                        if (waiting[i] != NULL)
                                continue;
                        slots[i].aio_fildes = device;
                        failed |= issue(run, &slots[i]);
                        waiting[i] = slots[i].aio_fildes >= 0 ? &slots[i] : NULL;
                        busy += waiting[i] != NULL;
                }
                if (busy == 0)
                        return failed;
                aio_suspend(waiting, (int)depth, NULL);
                for (unsigned i = 0; i < depth; i++) {
                        if (waiting[i] == NULL || aio_error(&slots[i]) == EINPROGRESS)
                                continue;
                        failed |= reap(run, &slots[i]);
                        waiting[i] = NULL;
                        busy--;
                }
        }
}

int run(const struct options *options, int device, bool writes, struct result *result)
{
        static struct aiocb slots[DEPTH_MAX];
        static const struct aiocb *waiting[DEPTH_MAX];
        struct run run = {.options = options,
                          .writes = writes,
                          .blocks = options->size / options->block,
                          .random = options->seed * 0x9e3779b97f4a7c15u | 1,
                          .result = result};
        char *memory = aligned_alloc(ALIGNMENT, (size_t)options->block * options->depth);
        if (memory == NULL) {
                fprintf(stderr, "blkbench: no memory for %u buffers of %u bytes\n", options->depth, options->block);
                return 1;
        }
        memset(memory, 0, (size_t)options->block * options->depth);
        for (unsigned i = 0; i < options->depth; i++) {
                slots[i] = (struct aiocb){.aio_buf = memory + (size_t)i * options->block, .aio_nbytes = options->block};
                slots[i].aio_sigevent.sigev_notify = SIGEV_NONE;
                waiting[i] = NULL;
        }
        *result = (struct result){0};
        uint64_t start = now();
        run.deadline = start + options->seconds * UINT64_C(1000000000);
        int failed = pump(&run, device, slots, waiting);
        if (failed == 0 && writes && fsync(device) != 0) {
                fprintf(stderr, "blkbench: %s: fsync: %s\n", options->device, strerror(errno));
                failed = 1;
        }
        result->seconds = (double)(now() - start) / 1e9;
        free(memory);
        return failed;
}
