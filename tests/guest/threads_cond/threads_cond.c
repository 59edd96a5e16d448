/* Condition variables: signal, broadcast, both clocks, destroying right after a broadcast; semaphores; C11's. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

static int failures;
#define CHECK(condition)                                                                                               \
        do {                                                                                                           \
                if (!(condition)) {                                                                                    \
                        failures++;                                                                                    \
                        printf("line %d: %s\n", __LINE__, #condition);                                                 \
                }                                                                                                      \
        } while (0)

#define ITEMS 5000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER, not_full = PTHREAD_COND_INITIALIZER;
static int queue[8], head, count, sum;

static void *produce(void *argument)
{
        for (int i = 1; i <= ITEMS; i++) {
                pthread_mutex_lock(&mutex);
                while (count == 8)
                        pthread_cond_wait(&not_full, &mutex);
                queue[(head + count++) % 8] = i;
                pthread_cond_signal(&not_empty);
                pthread_mutex_unlock(&mutex);
        }
        return argument;
}

static void *consume(void *argument)
{
        for (int i = 0; i < ITEMS; i++) {
                pthread_mutex_lock(&mutex);
                while (count == 0)
                        pthread_cond_wait(&not_empty, &mutex);
                sum += queue[head];
                head = (head + 1) % 8;
                count--;
                pthread_cond_signal(&not_full);
                pthread_mutex_unlock(&mutex);
        }
        return argument;
}

static struct timespec after(clockid_t clock, long milliseconds)
{
        struct timespec time;
        clock_gettime(clock, &time);
        time.tv_sec += milliseconds / 1000;
        time.tv_nsec += milliseconds % 1000 * 1000000;
        if (time.tv_nsec >= 1000000000) {
                time.tv_sec++;
                time.tv_nsec -= 1000000000;
        }
        return time;
}

static int is_before(struct timespec a, struct timespec b)
{
        return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

static void time_out(clockid_t clock)
{
        pthread_condattr_t attributes;
        pthread_cond_t cond;
        clockid_t read_back;
        pthread_condattr_init(&attributes);
        CHECK(pthread_condattr_setclock(&attributes, clock) == 0);
        CHECK(pthread_condattr_getclock(&attributes, &read_back) == 0 && read_back == clock);
        CHECK(pthread_cond_init(&cond, &attributes) == 0);
        struct timespec deadline = after(clock, 30), late = after(clock, 40), now;
        pthread_mutex_lock(&mutex);
        CHECK(pthread_cond_timedwait(&cond, &mutex, &deadline) == ETIMEDOUT);
        clock_gettime(clock, &now);
        CHECK(!is_before(now, deadline));
        if (!is_before(now, late))
                printf("note: the wait ended late\n");
        pthread_mutex_unlock(&mutex);
        CHECK(pthread_cond_destroy(&cond) == 0);
}

static struct {
        pthread_cond_t cond;
} * temporary;
static int waiting, released;

static void *wait_temporary(void *argument)
{
        pthread_mutex_lock(&mutex);
        waiting++;
        while (!released)
                pthread_cond_wait(&temporary->cond, &mutex);
        waiting--;
        pthread_mutex_unlock(&mutex);
        return argument;
}

/* POSIX allows it: nobody is blocked any more. */
static void destroy_after_broadcast(void)
{
        pthread_t threads[10];
        temporary = calloc(1, sizeof(*temporary));
        pthread_cond_init(&temporary->cond, NULL);
        for (int i = 0; i < 10; i++)
                pthread_create(&threads[i], NULL, wait_temporary, NULL);
        while (waiting < 10)
                sched_yield();
        pthread_mutex_lock(&mutex);
        released = 1;
        pthread_cond_broadcast(&temporary->cond);
        CHECK(pthread_cond_destroy(&temporary->cond) == 0);
        memset(temporary, 0xff, sizeof(*temporary));
        free(temporary);
        pthread_mutex_unlock(&mutex);
        for (int i = 0; i < 10; i++)
                pthread_join(threads[i], NULL);
        CHECK(waiting == 0);
}

static sem_t ping, pong;
static int bounces;

static int bounce(void *argument)
{
        for (int i = 0; i < 5000; i++) {
                sem_wait(&ping);
                bounces++;
                sem_post(&pong);
        }
        (void)argument;
        thrd_exit(77);
}

static void semaphores(void)
{
        thrd_t thread;
        int result, value;
        struct timespec soon = after(CLOCK_REALTIME, 10);
        sem_init(&ping, 0, 0);
        sem_init(&pong, 0, 0);
        CHECK(sem_trywait(&ping) == -1 && errno == EAGAIN);
        CHECK(sem_timedwait(&ping, &soon) == -1 && errno == ETIMEDOUT);
        CHECK(thrd_create(&thread, bounce, NULL) == thrd_success);
        for (int i = 0; i < 5000; i++) {
                sem_post(&ping);
                sem_wait(&pong);
        }
        CHECK(thrd_join(thread, &result) == thrd_success && result == 77);
        CHECK(bounces == 5000);
        CHECK(sem_getvalue(&ping, &value) == 0 && value == 0);
        sem_t *named = sem_open("/name", O_CREAT | O_EXCL, 0600, 3u);
        CHECK(named != SEM_FAILED && sem_getvalue(named, &value) == 0 && value == 3);
        CHECK(sem_open("/name", 0) == named);
        CHECK(sem_open("/name", O_CREAT | O_EXCL, 0600, 3u) == SEM_FAILED && errno == EEXIST);
        CHECK(sem_close(named) == 0 && sem_unlink("/name") == 0 && sem_close(named) == 0);
        CHECK(sem_open("/name", 0) == SEM_FAILED && errno == ENOENT);
        mtx_t c11;
        CHECK(mtx_init(&c11, mtx_plain | mtx_recursive) == thrd_success);
        CHECK(mtx_lock(&c11) == thrd_success && mtx_trylock(&c11) == thrd_success);
        CHECK(mtx_unlock(&c11) == thrd_success && mtx_unlock(&c11) == thrd_success);
}

int main(void)
{
        pthread_t threads[6];
        for (int i = 0; i < 6; i++)
                pthread_create(&threads[i], NULL, i % 2 == 0 ? produce : consume, NULL);
        for (int i = 0; i < 6; i++)
                pthread_join(threads[i], NULL);
        CHECK(sum == 3 * (ITEMS / 2 * (ITEMS + 1)) && count == 0);
        time_out(CLOCK_REALTIME);
        time_out(CLOCK_MONOTONIC);
        destroy_after_broadcast();
        semaphores();
        printf("conditions: %d failures\n", failures);
        return failures;
}
