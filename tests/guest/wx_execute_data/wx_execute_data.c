/* Data is never code. */
#include <stdio.h>

static unsigned char code[] = {0xc3};

int main(void)
{
        puts("before");
        fflush(stdout);
        ((void (*)(void))(void *)code)();
        puts("after");
        return 0;
}
