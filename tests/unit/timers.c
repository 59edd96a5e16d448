/* The timer queue against a sorted model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <coracle/sched.h>
#include <coracle/timer.h>

#include "fake/platform.h"

enum { TIMERS = 500 };

static struct model {
        struct timer timer;
        uint64_t deadline; /* 0: not started */
        unsigned restarts;
} models[TIMERS];
static unsigned fired;
static uint64_t last_fired;

static void fire(void *ctx)
{
        struct model *model = ctx;
        uint64_t now = platform_clock_monotonic();

        CHECK(model->deadline != 0);
        CHECK(now >= model->deadline);
        for (unsigned i = 0; i < TIMERS; i++)
                CHECK(models[i].deadline == 0 || models[i].deadline >= model->deadline);
        last_fired = model->deadline;
        fired++;
        model->deadline = 0;
        if (model->restarts > 0) {
                model->restarts--;
                model->deadline = now + fake_random() % 1000;
                timer_start(&model->timer, model->deadline);
        }
}

static void start(struct model *model)
{
        model->deadline = platform_clock_monotonic() + fake_random() % 2000000;
        if (fake_random() % 5 == 0)
                model->deadline -= fake_random() % 1000;
        model->restarts = fake_random() % 3;
        timer_start(&model->timer, model->deadline);
}

static void random_operations(void *argument)
{
        (void)argument;
        for (unsigned i = 0; i < TIMERS; i++)
                timer_init(&models[i].timer, fire, &models[i]);
        for (int step = 0; step < 20000; step++) {
                struct model *model = &models[fake_random() % TIMERS];
                bool interrupts = platform_interrupts_disable();
                bool queued = model->deadline != 0;

                switch (fake_random() % 4) {
                case 0:
                case 1:
                        start(model); /* moves it when it is running */
                        break;
                case 2:
                        CHECK(timer_cancel(&model->timer) == queued);
                        model->deadline = 0;
                        break;
                default:
                        break;
                }
                platform_interrupts_restore(interrupts);
                fake_compute(fake_random() % 3000);
        }
        thread_sleep_until(platform_clock_monotonic() + 100000000);
        for (unsigned i = 0; i < TIMERS; i++)
                CHECK(models[i].deadline == 0 && !models[i].timer.queued);
        CHECK(fired > 5000);
}

static void timers_fire_in_order_never_early_and_not_after_cancel(void **state)
{
        (void)state;
        for (unsigned seed = 1; seed <= 4; seed++) {
                struct fake_machine machine = {.seed = seed, .interrupt_one_in = seed % 2 * 7, .idle_early_one_in = 3};

                assert_int_equal(fake_run(&machine, random_operations, NULL), 0);
        }
}

static void count(void *ctx)
{
        ++*(unsigned *)ctx;
}

static void arm_seldom(void *argument)
{
        static struct timer timers[100];
        unsigned counted = 0;
        uint64_t base = platform_clock_monotonic() + 1000000000;

        (void)argument;
        for (unsigned i = 0; i < 100; i++) {
                timer_init(&timers[i], count, &counted);
                timer_start(&timers[i], base + i);
        }
        CHECK(fake_timer_arms == 1);
        for (unsigned i = 0; i < 50; i++)
                CHECK(timer_cancel(&timers[i]));
        CHECK(fake_timer_arms == 1);
        thread_sleep_until(base + 1000);
        CHECK(counted == 50);
}

static void the_machine_is_armed_only_for_an_earlier_deadline(void **state)
{
        (void)state;
        assert_int_equal(fake_run(NULL, arm_seldom, NULL), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(timers_fire_in_order_never_early_and_not_after_cancel),
                cmocka_unit_test(the_machine_is_armed_only_for_an_earlier_deadline),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
