/* A million readings of the monotonic clock: none smaller than the one before, and they move. */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define READINGS 1000000

static uint64_t now(void)
{
        struct timespec time;
        clock_gettime(CLOCK_MONOTONIC, &time);
        return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int main(void)
{
        const uint64_t first = now();
        uint64_t last = first;
        unsigned backwards = 0;
        unsigned moved = 0;
        for (unsigned i = 0; i < READINGS; i++) {
                const uint64_t next = now();
                backwards += next < last;
                moved += next > last;
                last = next;
        }
        printf("started at %llu us, backwards %u, moved %u, %llu us\n", (unsigned long long)first / 1000, backwards,
               moved, (unsigned long long)(last - first) / 1000);
        /* Time 0 is the image's first instruction: nothing here takes seconds to get to main. */
        return backwards == 0 && moved > READINGS / 100 && first < 5000000000u ? 0 : 1;
}
