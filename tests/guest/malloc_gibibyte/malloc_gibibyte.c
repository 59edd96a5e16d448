/* malloc(1 GiB) in a guest of 2 GiB: at once, usable at both ends, and given back. */
#include <coracle/stats.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define GIBIBYTE (1ul << 30)

static uint64_t now(void)
{
        struct timespec time;
        clock_gettime(CLOCK_MONOTONIC, &time);
        return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int main(void)
{
        struct coracle_memory_stats before, during, after;
        free(malloc(1));
        coracle_memory_stats(&before);
        uint64_t start = now();
        char *memory = malloc(GIBIBYTE);
        uint64_t took = now() - start;
        if (memory == NULL) {
                printf("refused\n");
                return 1;
        }
        coracle_memory_stats(&during);
        for (size_t i = 0; i < GIBIBYTE; i += 16 << 20)
                memory[i] = (char)(i >> 24);
        memory[GIBIBYTE - 1] = 7;
        int good = memory[GIBIBYTE - 1] == 7;
        for (size_t i = 0; i < GIBIBYTE; i += 16 << 20)
                good &= memory[i] == (char)(i >> 24);
        free(memory);
        coracle_memory_stats(&after);
        printf("%llu KiB free before, %llu during, %llu after\n", (unsigned long long)before.free_bytes >> 10,
               (unsigned long long)during.free_bytes >> 10, (unsigned long long)after.free_bytes >> 10);
        printf("malloc took %llu us\n", (unsigned long long)took / 1000);
        printf(good && during.heap_bytes >= GIBIBYTE ? "usable\n" : "not usable\n");
        printf(after.free_bytes + (4 << 20) >= before.free_bytes ? "given back\n" : "kept\n");
        return 0;
}
