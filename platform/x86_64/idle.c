/* Idling. A program that never waits for time does not link the timer: a deadline is then not slept for. */
#include <platform.h>
#include <x86_64/gate_call.h>
#include <x86_64/time/timer.h>

int platform_idle(uint64_t deadline)
{
        const struct gate_cpu_page *page = gate_cpu_page();
        for (;;) {
                if (*(const volatile uint8_t *)&page->interrupts_pending != 0)
                        return 0;
                if (timer_idle == NULL) {
                        if (deadline != PLATFORM_FOREVER)
                                return 0;
                } else {
                        const int error = timer_idle(deadline);
                        if (error != 0)
                                return error;
                }
                (void)gate_call(GATE_IDLE, 0, 0, 0, 0);
        }
}
