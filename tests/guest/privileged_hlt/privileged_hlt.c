/* Halting is the nucleus's. */
#include <stdio.h>

int main(void)
{
        puts("before");
        fflush(stdout);
        __asm__ volatile("hlt");
        puts("after");
        return 0;
}
