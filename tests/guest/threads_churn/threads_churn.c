/* 10,000 threads come and go, joined or detached, and leave nothing behind. */
#include <coracle/stats.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static unsigned ran;

static void *run(void *argument)
{
        char text[64];
        snprintf(text, sizeof(text), "%d %.3f", (int)(intptr_t)argument,
                 1.5 * (int)(intptr_t)argument); /* newlib's own memory */
        free(malloc(100));
        __atomic_fetch_add(&ran, 1, __ATOMIC_RELAXED);
        return argument;
}

static void batch(int count)
{
        pthread_t threads[20];
        for (int done = 0; done < count; done += 20) {
                for (intptr_t i = 0; i < 20; i++)
                        while (pthread_create(&threads[i], NULL, run, (void *)i) != 0)
                                usleep(1000);
                for (intptr_t i = 0; i < 20; i++) {
                        void *result = NULL;
                        if (i % 2 == 0)
                                pthread_detach(threads[i]);
                        else if (pthread_join(threads[i], &result) != 0 || result != (void *)i)
                                printf("thread %d: wrong result\n", (int)i);
                }
        }
        while (coracle_thread_count() > 1)
                usleep(1000);
}

int main(void)
{
        struct coracle_memory_stats before, after;
        batch(200);
        coracle_memory_stats(&before);
        batch(10000);
        coracle_memory_stats(&after);
        long lost = (long)(before.free_bytes - after.free_bytes);
        printf("%u threads ran; memory grew by %ld bytes\n", ran, lost);
        printf(lost <= 65536 ? "nothing is lost\n" : "something is lost\n");
        return 0;
}
