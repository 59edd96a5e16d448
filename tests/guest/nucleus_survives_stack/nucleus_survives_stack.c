/* An interrupt that arrives while ring 3 has no stack ends the program with a report, not the nucleus. */
#include <stdio.h>

#include "../ring3.h"

int main(void)
{
        puts("before");
        fflush(stdout);
        gate(GATE_TIMER_ARM, 2000000, 0, 0, 0);
        __asm__ volatile("movabsq $0x8000000000000123, %rsp\n"
                         "1: pause\n"
                         "   jmp 1b");
}
