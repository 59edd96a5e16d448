/* x87 and SSE registers, and their control words, survive preemption: threads compute series at the same time. */
#include <fenv.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define THREADS 6

static volatile int stop;

/* Deterministic for each seed: registers lost in a switch change the sum. */
static double series(unsigned seed)
{
        double sum = 0, x = seed;
        long double extended = 1.0L + seed;
        for (int i = 1; i < 3000; i++) {
                x = x * 0.5 + 1.0 / (i + seed);
                sum += x * x;
                extended = extended * 0.999L + 1.0L / i;
        }
        return sum + (double)extended + sin(x);
}

static void *run(void *argument)
{
        unsigned seed = (unsigned)(uintptr_t)argument;
        if (seed % 2 == 0)
                fesetround(FE_UPWARD); /* a control word of its own */
        double first = series(seed);
        uintptr_t wrong = 0, rounds = 0;
        while (!stop) {
                wrong += series(seed) != first;
                wrong += fegetround() != (seed % 2 == 0 ? FE_UPWARD : FE_TONEAREST);
                rounds++;
        }
        return (void *)(wrong == 0 && rounds > 10 ? 1ul : 0ul);
}

int main(void)
{
        pthread_t threads[THREADS];
        int good = 0;
        for (uintptr_t i = 0; i < THREADS; i++)
                pthread_create(&threads[i], NULL, run, (void *)i);
        for (int i = 0; i < 100; i++) /* interrupts and switches in the middle of it all */
                nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        stop = 1;
        for (int i = 0; i < THREADS; i++) {
                void *result;
                pthread_join(threads[i], &result);
                good += result != NULL;
        }
        printf("%d of %d threads computed the same every time\n", good, THREADS);
        return 0;
}
