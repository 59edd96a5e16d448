/* A write to constant data ends the program. */
#include <stdio.h>

static const int constant[] = {1, 2, 3};

int main(void)
{
        puts("before");
        fflush(stdout);
        *(volatile int *)constant = 4;
        puts("after");
        return 0;
}
