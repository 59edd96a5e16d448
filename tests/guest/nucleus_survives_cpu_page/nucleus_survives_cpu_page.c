/* A program that overwrites its whole cpu page, interrupts arriving, brings down itself and not the nucleus. */
#include <stdio.h>
#include <string.h>

#include "../ring3.h"

int main(void)
{
        struct gate_cpu_page *page = cpu_page();
        puts("before");
        fflush(stdout);
        for (int i = 0; i < 100; i++) {
                gate(GATE_TIMER_ARM, 20000, 0, 0, 0);
                for (volatile int spin = 0; spin < 5000; spin++)
                        ;
                memset(page, i == 99 ? 0xff : 0, sizeof(*page));
        }
        gate(GATE_TIMER_ARM, 1000, 0, 0, 0);
        gate(GATE_IDLE, 0, 0, 0, 0);
        for (;;)
                gate(GATE_QUERY, 0, 0, 0, 0);
}
