/* What relocation wrote is read-only once the program runs. */
#include <stdio.h>

static const char *const table[] = {"relocated", "pointers"};

int main(void)
{
        puts("before");
        fflush(stdout);
        *(const char *volatile *)table = NULL;
        puts(table[1]);
        puts("after");
        return 0;
}
