/* Recursion without end runs into the guard page, and the report calls it by its name. */
#include <stdio.h>

static volatile int depth;

__attribute__((noinline)) static int deeper(int value)
{
        volatile char frame[100];
        frame[0] = (char)value;
        depth++;
        return deeper(value + 1) + frame[0];
}

int main(void)
{
        return deeper(1);
}
