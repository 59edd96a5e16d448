/* An undefined instruction ends the program. */
#include <stdio.h>

int main(void)
{
        puts("before");
        fflush(stdout);
        __asm__ volatile("ud2");
        puts("after");
        return 0;
}
