/* Interrupts of the CPU are the nucleus's. */
#include <stdio.h>

int main(void)
{
        puts("before");
        fflush(stdout);
        __asm__ volatile("cli");
        puts("after");
        return 0;
}
