/* Ports are the nucleus's: reading. */
#include <stdio.h>

int main(void)
{
        puts("before");
        fflush(stdout);
        unsigned char value;
        __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"((unsigned short)0x71));
        puts("after");
        return 0;
}
