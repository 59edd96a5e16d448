/* Xen's one-shot timer of a virtual CPU: an absolute time of Xen's clock, and VIRQ_TIMER when it has come. */
#include <stddef.h>

#include <x86_64/time/clock.h>
#include <x86_64/gate_call.h>
#include <x86_64/time/timer.h>
#include <x86_64/time/timer_device.h>
#include <xen/event.h>

static uint64_t arm(uint64_t now, uint64_t deadline)
{
        const uint64_t at = deadline > now ? deadline : now;
        (void)gate_call(GATE_HYPERCALL, GATE_XEN_TIMER, clock_of_hypervisor(at), 0, 0);
        return at;
}

static void ring(void *ctx)
{
        (void)ctx;
        timer_interrupt();
}

const struct timer_device *timer_of_xen(void)
{
        static const struct timer_device device = {.arm = arm};
        event_port port;
        if (event_bind_timer(&port, ring, NULL) != 0)
                return NULL;
        event_unmask(port);
        return &device;
}
