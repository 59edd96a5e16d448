/* Page tables are the nucleus's. */
#include <stdio.h>

int main(void)
{
        puts("before");
        fflush(stdout);
        __asm__ volatile("mov %0, %%cr3" : : "r"(0ul));
        puts("after");
        return 0;
}
