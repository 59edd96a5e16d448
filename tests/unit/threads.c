/* Threads, waiting, mutexes and preemption on the fake machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include <coracle/memory.h>
#include <coracle/sched.h>
#include <coracle/timer.h>

#include "fake/platform.h"

#define MS 1000000ull

static void wait_for_end_of_all(void)
{
        while (thread_count() > 1)
                thread_sleep_until(platform_clock_monotonic() + MS);
}

/* ---- Round robin ---- */

static uint64_t computed[4];
static bool stop;

static void compute(void *argument)
{
        while (!stop) {
                fake_compute(10000);
                computed[(size_t)argument] += 10000;
        }
}

static void share(void *argument)
{
        (void)argument;
        for (size_t i = 0; i < 4; i++)
                CHECK(thread_create(NULL, NULL, compute, (void *)i) == 0);
        thread_sleep_until(platform_clock_monotonic() + 400 * MS);
        for (size_t i = 0; i < 4; i++)
                CHECK(computed[i] > 90 * MS && computed[i] < 110 * MS);
        stop = true;
        wait_for_end_of_all();
}

static void computing_threads_share_the_cpu_evenly(void **state)
{
        (void)state;
        assert_int_equal(fake_run(NULL, share, NULL), 0);
}

static void punctual(void *argument)
{
        uint64_t worst = 0;

        (void)argument;
        for (size_t i = 0; i < 2; i++)
                CHECK(thread_create(NULL, NULL, compute, (void *)i) == 0);
        for (int i = 0; i < 100; i++) {
                uint64_t deadline = platform_clock_monotonic() + 3 * MS;

                thread_sleep_until(deadline);

                uint64_t now = platform_clock_monotonic();

                CHECK(now >= deadline);
                worst = now - deadline > worst ? now - deadline : worst;
        }
        CHECK(worst < MS / 10);
        CHECK(computed[0] > 120 * MS && computed[1] > 120 * MS);
        stop = true;
        wait_for_end_of_all();
}

static void a_sleeper_is_punctual_beside_computations(void **state)
{
        (void)state;
        assert_int_equal(fake_run(NULL, punctual, NULL), 0);
}

/* ---- A pair that wakes each other all the time must not starve a computation ---- */

static struct spinlock pair_lock;
static struct wait_queue pair_queue;
static int pair_turn;

static void ping_pong(void *argument)
{
        int self = (int)(size_t)argument;

        spin_lock(&pair_lock);
        while (!stop) {
                while (pair_turn != self && !stop)
                        wait_queue_sleep(&pair_queue, &pair_lock, PLATFORM_FOREVER);
                spin_unlock(&pair_lock);
                fake_compute(2000);
                spin_lock(&pair_lock);
                pair_turn = !self;
                wait_queue_wake_all(&pair_queue);
        }
        spin_unlock(&pair_lock);
}

static void no_starvation(void *argument)
{
        (void)argument;
        for (size_t i = 0; i < 2; i++)
                CHECK(thread_create(NULL, NULL, ping_pong, (void *)i) == 0);
        CHECK(thread_create(NULL, NULL, compute, (void *)0) == 0);
        thread_sleep_until(platform_clock_monotonic() + 400 * MS);
        CHECK(computed[0] > 100 * MS);
        CHECK(computed[0] < 350 * MS);
        stop = true;
        wait_for_end_of_all();
}

static void threads_that_wake_each_other_do_not_starve_a_computation(void **state)
{
        (void)state;
        assert_int_equal(fake_run(NULL, no_starvation, NULL), 0);
}

static void no_slices(void *argument)
{
        (void)argument;
        fake_compute(1000 * MS);
        CHECK(fake_timer_arms == 0);
}

static void a_single_thread_gets_no_timer_interrupts(void **state)
{
        (void)state;
        assert_int_equal(fake_run(NULL, no_slices, NULL), 0);
}

/* ---- Wait queues ---- */

enum { WAITERS = 40 };
static struct spinlock lock;
static struct wait_queue queue;
static unsigned tokens, taken, timed_out, waiting;

static void take_tokens(void *argument)
{
        (void)argument;
        for (int i = 0; i < 200; i++) {
                uint64_t deadline =
                        fake_random() % 2 == 0 ? PLATFORM_FOREVER : platform_clock_monotonic() + fake_random() % 300000;
                int error = 0;

                spin_lock(&lock);
                waiting++;
                while (tokens == 0 && error == 0)
                        error = wait_queue_sleep(&queue, &lock, deadline);
                waiting--;
                if (error == 0) {
                        tokens--;
                        taken++;
                } else {
                        CHECK(error == -ETIMEDOUT && platform_clock_monotonic() >= deadline);
                        timed_out++;
                }
                spin_unlock(&lock);
                fake_compute(fake_random() % 5000);
        }
}

static void give_token(void *ctx)
{
        (void)ctx;
        spin_lock(&lock);
        tokens++;
        wait_queue_wake_one(&queue);
        spin_unlock(&lock);
}

static void random_waits(void *argument)
{
        unsigned given = 0;

        (void)argument;
        for (size_t i = 0; i < WAITERS; i++)
                CHECK(thread_create(NULL, NULL, take_tokens, NULL) == 0);
        while (thread_count() > 1) {
                switch (fake_random() % 4) {
                case 0:
                        give_token(NULL);
                        given++;
                        break;
                case 1:
                        fake_interrupt_at(platform_clock_monotonic() + fake_random() % 50000, give_token, NULL);
                        given++;
                        break;
                case 2:
                        fake_compute(fake_random() % 20000);
                        break;
                default:
                        thread_sleep_until(platform_clock_monotonic() + fake_random() % 100000);
                        break;
                }
                if (fake_random() % 2 == 0)
                        thread_sleep_until(platform_clock_monotonic() + 60000); /* outstanding events come */
        }
        thread_sleep_until(platform_clock_monotonic() + MS);
        CHECK(taken + timed_out == WAITERS * 200);
        CHECK(given == taken + tokens);
        CHECK(timed_out > 100 && taken > 1000);
}

static void no_wake_is_lost_and_no_wait_ends_early(void **state)
{
        (void)state;
        for (unsigned seed = 1; seed <= 4; seed++) {
                struct fake_machine machine = {
                        .seed = seed, .interrupt_one_in = seed % 2 * 5, .idle_early_one_in = seed / 2 * 4};

                assert_int_equal(fake_run(&machine, random_waits, NULL), 0);
        }
}

static unsigned order[10], arrived;

static void wait_in_order(void *argument)
{
        spin_lock(&lock);
        wait_queue_sleep(&queue, &lock, PLATFORM_FOREVER);
        order[arrived++] = (unsigned)(size_t)argument;
        spin_unlock(&lock);
}

static void first_come(void *argument)
{
        (void)argument;
        for (size_t i = 0; i < 10; i++) {
                thread_create(NULL, NULL, wait_in_order, (void *)i);
                thread_yield();
        }
        spin_lock(&lock);
        CHECK(wait_queue_wake_one(&queue) == 1);
        CHECK(wait_queue_wake_all(&queue) == 9);
        CHECK(wait_queue_wake_one(&queue) == 0);
        spin_unlock(&lock);
        wait_for_end_of_all();
        for (unsigned i = 0; i < 10; i++)
                CHECK(order[i] == i);
}

static void waiters_are_woken_first_come_first_served(void **state)
{
        (void)state;
        assert_int_equal(fake_run(NULL, first_come, NULL), 0);
}

/* ---- Mutexes ---- */

static struct mutex mutex;
static unsigned inside, counted, acquired[8];

static void count_under_mutex(void *argument)
{
        for (int i = 0; i < 500; i++) {
                bool have = true;

                switch (fake_random() % 3) {
                case 0:
                        have = mutex_try_lock(&mutex);
                        break;
                case 1:
                        have = mutex_lock_until(&mutex, platform_clock_monotonic() + fake_random() % 100000) == 0;
                        break;
                default:
                        mutex_lock(&mutex);
                        break;
                }
                if (have) {
                        CHECK(inside++ == 0);
                        CHECK(mutex_owner(&mutex) == thread_current());
                        fake_compute(fake_random() % 20000);
                        counted++;
                        acquired[(size_t)argument]++;
                        CHECK(--inside == 0);
                        mutex_unlock(&mutex);
                }
                if (fake_random() % 4 == 0)
                        fake_compute(fake_random() % 10000);
        }
}

static void random_mutex(void *argument)
{
        (void)argument;
        for (size_t i = 0; i < 8; i++)
                CHECK(thread_create(NULL, NULL, count_under_mutex, (void *)i) == 0);
        wait_for_end_of_all();
        CHECK(mutex_owner(&mutex) == NULL && mutex.owner == 0);
        CHECK(counted > 1500);
}

static void a_mutex_has_one_owner_at_a_time(void **state)
{
        (void)state;
        for (unsigned seed = 1; seed <= 6; seed++) {
                struct fake_machine machine = {.seed = seed, .interrupt_one_in = seed % 3 * 4};

                assert_int_equal(fake_run(&machine, random_mutex, NULL), 0);
        }
}

static void hog_mutex(void *argument)
{
        (void)argument;
        while (!stop) {
                mutex_lock(&mutex);
                fake_compute(50000);
                mutex_unlock(&mutex);
        }
}

static void fair_mutex(void *argument)
{
        (void)argument;
        CHECK(thread_create(NULL, NULL, hog_mutex, NULL) == 0);
        thread_sleep_until(platform_clock_monotonic() + MS);
        for (int i = 0; i < 20; i++) {
                uint64_t from = platform_clock_monotonic();

                mutex_lock(&mutex);
                CHECK(platform_clock_monotonic() - from < 12 * MS);
                mutex_unlock(&mutex);
        }
        stop = true;
        wait_for_end_of_all();
}

static void a_waiter_gets_the_mutex_from_a_thread_that_always_takes_it_again(void **state)
{
        (void)state;
        assert_int_equal(fake_run(NULL, fair_mutex, NULL), 0);
}

static void lock_for_ever(void *argument)
{
        (void)argument;
        mutex_lock(&mutex);
        mutex_lock(&mutex);
}

static void locking_ones_own_mutex_again_waits_for_ever(void **state)
{
        (void)state;
        assert_int_equal(fake_run(NULL, lock_for_ever, NULL), FAKE_DEADLOCK);
}

/* ---- Threads come and go ---- */

static unsigned ended, reaped;

static void short_life(void *argument)
{
        volatile char stack[2000];

        memset((char *)stack, 1, sizeof stack);
        if (argument != NULL)
                fake_compute(fake_random() % 10000);
        ended++;
}

static void count_reaped(void *ctx)
{
        CHECK(ctx == &reaped);
        reaped++;
}

static void churn(void *argument)
{
        struct memory_statistics before, after;
        const struct thread_options options = {.name = "short", .reaped = count_reaped, .reaped_ctx = &reaped};

        (void)argument;
        for (int i = 0; i < 40; i++) /* fills the cache of stacks and the allocators' own structures */
                thread_create(NULL, &options, short_life, NULL);
        wait_for_end_of_all();
        memory_statistics(&before);
        for (int i = 0; i < 3000; i++) {
                while (thread_create(NULL, &options, short_life, i % 3 == 0 ? NULL : &ended) != 0)
                        thread_sleep_until(platform_clock_monotonic() + MS);
                if (fake_random() % 8 == 0)
                        thread_yield();
        }
        wait_for_end_of_all();
        CHECK(ended == 3040);
        CHECK(reaped == 3040);
        memory_statistics(&after);
        CHECK(after.free_bytes >= before.free_bytes - 16 * PLATFORM_PAGE_SIZE);
}

static void thousands_of_threads_leave_no_memory_behind(void **state)
{
        struct fake_machine machine = {.memory = {{1ul << 20, 64ul << 20}}, .seed = 5, .interrupt_one_in = 9};

        (void)state;
        assert_int_equal(fake_run(&machine, churn, NULL), 0);
}

static void too_many(void *argument)
{
        unsigned count = 0;

        (void)argument;
        while (thread_create(NULL, NULL, short_life, NULL) == 0)
                count++;
        CHECK(count > 90 && count < 130);
        CHECK(thread_count() == count + 1);
        wait_for_end_of_all();
        CHECK(ended == count);
        CHECK(thread_create(NULL, NULL, short_life, NULL) == 0);
        wait_for_end_of_all();
        CHECK(thread_create(NULL, &(struct thread_options){.stack_bytes = SIZE_MAX}, short_life, NULL) == -EAGAIN);
}

static void threads_beyond_memory_are_refused_and_the_rest_goes_on(void **state)
{
        (void)state;
        assert_int_equal(fake_run(NULL, too_many, NULL), 0);
}

static void on_own_stack(void *argument)
{
        char *stack = region_alloc(64 * 1024, 0);
        const struct thread_options options = {.name = "a name that is too long",
                                               .stack = stack,
                                               .stack_bytes = 64 * 1024,
                                               .reaped = count_reaped,
                                               .reaped_ctx = &reaped};
        struct thread *thread;

        (void)argument;
        CHECK(thread_create(&thread, &options, short_life, NULL) == 0);
        CHECK((char *)thread > stack && (char *)thread < stack + 64 * 1024);
        CHECK(strcmp(thread_name(thread), "a name that is ") == 0);
        CHECK(strcmp(thread_name(thread_current()), "main") == 0);
        wait_for_end_of_all();
        CHECK(reaped == 1);
        region_free(stack, 64 * 1024, 0); /* still the caller's */
}

static void a_thread_can_run_on_memory_of_its_creator(void **state)
{
        (void)state;
        assert_int_equal(fake_run(NULL, on_own_stack, NULL), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(computing_threads_share_the_cpu_evenly),
                cmocka_unit_test(a_sleeper_is_punctual_beside_computations),
                cmocka_unit_test(threads_that_wake_each_other_do_not_starve_a_computation),
                cmocka_unit_test(a_single_thread_gets_no_timer_interrupts),
                cmocka_unit_test(no_wake_is_lost_and_no_wait_ends_early),
                cmocka_unit_test(waiters_are_woken_first_come_first_served),
                cmocka_unit_test(a_mutex_has_one_owner_at_a_time),
                cmocka_unit_test(a_waiter_gets_the_mutex_from_a_thread_that_always_takes_it_again),
                cmocka_unit_test(locking_ones_own_mutex_again_waits_for_ever),
                cmocka_unit_test(thousands_of_threads_leave_no_memory_behind),
                cmocka_unit_test(threads_beyond_memory_are_refused_and_the_rest_goes_on),
                cmocka_unit_test(a_thread_can_run_on_memory_of_its_creator),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
