/* A write to page 0, three calls deep: the report names the access, the place and the way there. */
#include <stdio.h>

static int *volatile nowhere;

__attribute__((noinline)) static int innermost(int value)
{
        *nowhere = value;
        return value + 1;
}

__attribute__((noinline)) static int middle(int value)
{
        return innermost(value + 1) + 1;
}

__attribute__((noinline)) static int outermost(int value)
{
        return middle(value + 1) + 1;
}

int main(void)
{
        printf("before\n");
        const int result = outermost(1);
        printf("not reached: %d\n", result);
        return 0;
}
