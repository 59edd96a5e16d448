/* Ports are the nucleus's: writing. */
#include <stdio.h>

int main(void)
{
        puts("before");
        fflush(stdout);
        __asm__ volatile("outb %0, %1" : : "a"((char)0), "Nd"((unsigned short)0x70));
        puts("after");
        return 0;
}
