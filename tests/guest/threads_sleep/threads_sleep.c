/*
 * Sleepers are punctual beside threads that compute: never early, and the best quarter of the sleeps less than 1 ms
 * late. A host that has other things to do adds milliseconds, which no guest can help: there are several attempts.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static volatile int stop;
static volatile uint64_t computed[2];

static uint64_t now(void)
{
        struct timespec time;
        clock_gettime(CLOCK_MONOTONIC, &time);
        return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void *compute(void *argument)
{
        while (!stop)
                computed[(intptr_t)argument]++;
        return NULL;
}

#define SLEEPERS 5
#define SLEEPS   100
static uint64_t late[SLEEPERS * SLEEPS];

static void *sleep_often(void *argument)
{
        for (int i = 0; i < SLEEPS; i++) {
                uint64_t before = now(), wanted = 1000000u * (uint64_t)(i % 7 + 1);
                nanosleep(&(struct timespec){.tv_nsec = (long)wanted}, NULL);
                uint64_t took = now() - before;
                if (took < wanted)
                        printf("early by %llu ns\n", (unsigned long long)(wanted - took));
                late[(intptr_t)argument * SLEEPS + i] = took - wanted;
        }
        return NULL;
}

static int by_size(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
        return x < y ? -1 : x > y;
}

/* A quarter of the sleeps ended within this many nanoseconds of their deadline. */
static uint64_t sleep_all(void)
{
        pthread_t sleepers[SLEEPERS];
        for (intptr_t i = 0; i < SLEEPERS; i++)
                pthread_create(&sleepers[i], NULL, sleep_often, (void *)i);
        for (int i = 0; i < SLEEPERS; i++)
                pthread_join(sleepers[i], NULL);
        qsort(late, SLEEPERS * SLEEPS, sizeof(late[0]), by_size);
        printf("late by %llu us at best, %llu us in a quarter of the cases, %llu us at worst\n",
               (unsigned long long)late[0] / 1000, (unsigned long long)late[SLEEPERS * SLEEPS / 4] / 1000,
               (unsigned long long)late[SLEEPERS * SLEEPS - 1] / 1000);
        return late[SLEEPERS * SLEEPS / 4];
}

int main(void)
{
        pthread_t computing[2];
        uint64_t quarter = UINT64_MAX;
        for (intptr_t i = 0; i < 2; i++)
                pthread_create(&computing[i], NULL, compute, (void *)i);
        for (int attempt = 0; attempt < 8 && quarter >= 1500000; attempt++)
                quarter = sleep_all();
        stop = 1;
        for (int i = 0; i < 2; i++)
                pthread_join(computing[i], NULL);
        printf(quarter < 1500000 ? "punctual\n" : "not punctual\n");
        uint64_t more = computed[0] > computed[1] ? computed[0] : computed[1];
        uint64_t less = computed[0] + computed[1] - more;
        printf(less > more / 2 ? "fair\n" : "not fair: %llu to %llu\n", (unsigned long long)less,
               (unsigned long long)more);
        return 0;
}
