/*
 * Says hello, and how long that took from main's first instruction: what is to be subtracted from the time of the line
 * for the time of main. In cycles of the time-stamp counter, the clock being found out only afterwards: to ask for the
 * time is work that would count.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define MEASURED 20000000u /* nanoseconds */

static uint64_t cycles(void)
{
        return __builtin_ia32_rdtsc();
}

static uint64_t nanoseconds(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int main(void)
{
        const uint64_t start = cycles();
        printf("Hello from Coracle\n");
        const uint64_t taken = cycles() - start;
        const uint64_t then = nanoseconds(), first = cycles();
        uint64_t now;
        do
                now = nanoseconds();
        while (now - then < MEASURED);
        const double rate = (double)(cycles() - first) / (double)(now - then);
        printf("from main to that line: %.0f ns\n", (double)taken / rate);
        return 0;
}
