/* A write to the program's text ends it. */
#include <stdio.h>

int main(void)
{
        puts("before");
        fflush(stdout);
        *(volatile char *)(void *)main = 0;
        puts("after");
        return 0;
}
