/* The end of a program: handlers in reverse order, then destructors, then buffered output; status modulo 256. */
#include <stdio.h>
#include <stdlib.h>

static void first(void)
{
        puts("registered first");
}

static void second(void)
{
        puts("registered second");
        atexit(first); /* while handlers run */
}

__attribute__((constructor)) static void construct(void)
{
        puts("constructor");
}

__attribute__((destructor)) static void destroy(void)
{
        puts("destructor");
        fputs("unfinished line", stdout);
}

int main(void)
{
        atexit(first);
        atexit(second);
        fputs("in main, ", stdout);
        return -1;
}
