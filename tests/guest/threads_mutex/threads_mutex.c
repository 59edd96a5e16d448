/* Every type of mutex: exclusion, recursion, error checking, time-outs. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static int failures;
#define CHECK(condition)                                                                                               \
        do {                                                                                                           \
                if (!(condition)) {                                                                                    \
                        failures++;                                                                                    \
                        printf("line %d: %s\n", __LINE__, #condition);                                                 \
                }                                                                                                      \
        } while (0)

static pthread_mutex_t normal = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t checking;
static long counter;

static void *count(void *argument)
{
        (void)argument;
        for (int i = 0; i < 20000; i++) {
                pthread_mutex_lock(&normal);
                long seen = counter;
                if (i % 500 == 0)
                        sched_yield(); /* with the mutex locked */
                counter = seen + 1;
                pthread_mutex_unlock(&normal);
        }
        return NULL;
}

/* What another thread gets from the mutexes that main has locked. */
static void *try_others(void *argument)
{
        struct timespec soon;
        (void)argument;
        CHECK(pthread_mutex_trylock(&recursive) == EBUSY);
        CHECK(pthread_mutex_trylock(&checking) == EBUSY);
        CHECK(pthread_mutex_unlock(&recursive) == EPERM);
        CHECK(pthread_mutex_unlock(&checking) == EPERM);
        clock_gettime(CLOCK_REALTIME, &soon);
        soon.tv_nsec += 20000000;
        if (soon.tv_nsec >= 1000000000) {
                soon.tv_sec++;
                soon.tv_nsec -= 1000000000;
        }
        CHECK(pthread_mutex_timedlock(&normal, &soon) == ETIMEDOUT);
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        CHECK(now.tv_sec > soon.tv_sec || (now.tv_sec == soon.tv_sec && now.tv_nsec >= soon.tv_nsec));
        CHECK(pthread_mutex_timedlock(&normal, &(struct timespec){.tv_nsec = 1000000000}) == EINVAL);
        CHECK(pthread_mutex_clocklock(&normal, CLOCK_MONOTONIC, &(struct timespec){.tv_nsec = 1}) == ETIMEDOUT);
        return NULL;
}

int main(void)
{
        pthread_t threads[8];
        pthread_mutexattr_t attributes;
        int value;

        for (int i = 0; i < 8; i++)
                pthread_create(&threads[i], NULL, count, NULL);
        for (int i = 0; i < 8; i++)
                pthread_join(threads[i], NULL);
        CHECK(counter == 160000);

        pthread_mutexattr_init(&attributes);
        CHECK(pthread_mutexattr_gettype(&attributes, &value) == 0 && value == PTHREAD_MUTEX_DEFAULT);
        CHECK(pthread_mutexattr_settype(&attributes, 99) == EINVAL);
        CHECK(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK) == 0);
        CHECK(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) == ENOTSUP);
        CHECK(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT) == 0);
        CHECK(pthread_mutex_init(&checking, &attributes) == 0);

        CHECK(pthread_mutex_lock(&checking) == 0);
        CHECK(pthread_mutex_lock(&checking) == EDEADLK);
        CHECK(pthread_mutex_trylock(&checking) == EBUSY);
        CHECK(pthread_mutex_lock(&recursive) == 0);
        CHECK(pthread_mutex_lock(&recursive) == 0);
        CHECK(pthread_mutex_trylock(&recursive) == 0);
        CHECK(pthread_mutex_unlock(&recursive) == 0);
        CHECK(pthread_mutex_unlock(&recursive) == 0);
        CHECK(pthread_mutex_lock(&normal) == 0);
        pthread_create(&threads[0], NULL, try_others, NULL);
        pthread_join(threads[0], NULL);
        CHECK(pthread_mutex_destroy(&checking) == EBUSY);
        CHECK(pthread_mutex_unlock(&normal) == 0);
        CHECK(pthread_mutex_unlock(&recursive) == 0);
        CHECK(pthread_mutex_unlock(&recursive) == EPERM);
        CHECK(pthread_mutex_unlock(&checking) == 0);
        CHECK(pthread_mutex_unlock(&checking) == EPERM);
        CHECK(pthread_mutex_destroy(&checking) == 0);
        printf("mutexes: %d failures\n", failures);
        return failures;
}
