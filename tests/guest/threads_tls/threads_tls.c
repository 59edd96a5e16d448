/* 100 threads at once, each with its own thread-local variables, initialised and zero, and its own errno. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define THREADS 100

static _Thread_local int number = 4711;
static _Thread_local char zero[300];
static _Thread_local _Alignas(64) double aligned = 2.5;
static pthread_barrier_t barrier;

static void *run(void *argument)
{
        int self = (int)(intptr_t)argument;
        intptr_t good = number == 4711 && aligned == 2.5 && (uintptr_t)&aligned % 64 == 0;
        for (unsigned i = 0; i < sizeof(zero); i++)
                good &= zero[i] == 0;
        number = self;
        aligned = self * 0.5;
        memset(zero, self, sizeof(zero));
        errno = self;
        pthread_barrier_wait(&barrier); /* all threads have written */
        for (int i = 0; i < 20; i++) {
                sched_yield();
                good &= number == self && aligned == self * 0.5 && zero[299] == (char)self && errno == self;
        }
        pthread_barrier_wait(&barrier); /* all threads have read */
        return (void *)good;
}

int main(void)
{
        pthread_t threads[THREADS];
        int good = 0;
        pthread_barrier_init(&barrier, NULL, THREADS);
        for (int i = 0; i < THREADS; i++)
                if (pthread_create(&threads[i], NULL, run, (void *)(intptr_t)(i + 1)) != 0)
                        printf("thread %d: not created\n", i);
        for (int i = 0; i < THREADS; i++) {
                void *result;
                pthread_join(threads[i], &result);
                good += (int)(intptr_t)result;
        }
        printf("%d of %d threads kept their variables; main's are %d %.1f\n", good, THREADS, number, aligned);
        return 0;
}
