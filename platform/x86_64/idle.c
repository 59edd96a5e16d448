/* Idling. Without the timer, which a program that never waits for time does not link, there is no deadline. */
#include <platform.h>
#include <x86_64/gate_call.h>
#include <x86_64/timer.h>

int platform_idle(uint64_t deadline)
{
        const struct gate_cpu_page *page = gate_cpu_page();
        for (;;) {
                if (*(const volatile uint8_t *)&page->interrupts_pending != 0)
                        return 0;
                if (timer_idle != NULL) {
                        const int error = timer_idle(deadline);
                        if (error != 0)
                                return error;
                }
                (void)gate_call(GATE_IDLE, 0, 0, 0, 0);
        }
}
