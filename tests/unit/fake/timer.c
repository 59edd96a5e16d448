/* One timer: see timer.h. */
#include <stdlib.h>

#include <fake/timer.h>

struct timer *fake_timer;

void fake_timer_reset(void)
{
        fake_timer = NULL;
}

void timer_init(struct timer *timer, void (*fn)(void *ctx), void *ctx)
{
        *timer = (struct timer){.fn = fn, .ctx = ctx};
}

void timer_start(struct timer *timer, uint64_t deadline)
{
        if (fake_timer != NULL && fake_timer != timer)
                abort();
        timer->deadline = deadline;
        fake_timer = timer;
}

bool timer_cancel(struct timer *timer)
{
        if (fake_timer != timer)
                return false;
        fake_timer = NULL;
        return true;
}

void fake_timer_ring(void)
{
        struct timer *timer = fake_timer;
        if (timer == NULL)
                abort();
        fake_timer = NULL;
        timer->fn(timer->ctx);
}
