/* A fault while the crash report is written (its per-CPU page is lost) ends the guest in one line of the nucleus. */
#include <stdio.h>

int main(void)
{
        puts("before");
        fflush(stdout);
        __asm__ volatile("wrgsbase %0\n\t"
                         "ud2"
                         :
                         : "r"(0x1000ul));
        return 0;
}
