/* Model-specific registers are the nucleus's. */
#include <stdio.h>

int main(void)
{
        puts("before");
        fflush(stdout);
        __asm__ volatile("wrmsr" : : "c"(0xc0000082), "a"(0), "d"(0));
        puts("after");
        return 0;
}
