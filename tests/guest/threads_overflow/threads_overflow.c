/* A thread that runs out of its stack hits its guard page; the report names the thread. */
#include <pthread.h>
#include <stdio.h>

static volatile int depth;

__attribute__((noinline)) static int deeper(int value)
{
        volatile char frame[200];
        frame[0] = (char)value;
        depth++;
        return deeper(value + 1) + frame[0];
}

static void *run(void *argument)
{
        pthread_setname_np(pthread_self(), "deep-thread");
        return (char *)argument + deeper(1);
}

int main(void)
{
        pthread_t threads[3];
        for (int i = 0; i < 3; i++) /* neighbours, whose stacks it must not reach */
                pthread_create(&threads[i], NULL, run, NULL);
        for (int i = 0; i < 3; i++)
                pthread_join(threads[i], NULL);
        printf("survived\n");
        return 0;
}
