/* _exit runs no handlers; quick_exit runs its own. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void never(void)
{
        puts("an atexit handler ran");
}

static void quick(void)
{
        puts("quick handler");
        _exit(7);
}

int main(void)
{
        atexit(never);
        if (at_quick_exit(quick) != 0)
                return 1;
        quick_exit(1);
}
