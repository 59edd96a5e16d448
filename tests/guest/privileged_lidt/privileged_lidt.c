/* The interrupt table is the nucleus's. */
#include <stdio.h>

int main(void)
{
        puts("before");
        fflush(stdout);
        static const char table[10];
        __asm__ volatile("lidt %0" : : "m"(table));
        puts("after");
        return 0;
}
