/* An interrupt that arrives while ring 3 has no stack ends the program with a report, not the nucleus. */
#include <stdio.h>

#include "../ring3.h"

int main(void)
{
        puts("before");
        fflush(stdout);
        /* The timer is armed when the stack is gone: on a busy host it might come before that otherwise. */
        __asm__ volatile("movabsq $0x8000000000000123, %%rsp\n"
                         "   syscall\n"
                         "1: pause\n"
                         "   jmp 1b" ::"a"((uint64_t)GATE_TIMER_ARM),
                         "D"(2000000ul)
                         : "rcx", "r11", "memory");
}
