/* The heap is never code. */
#include <stdio.h>

#include <stdlib.h>

int main(void)
{
        puts("before");
        fflush(stdout);
        unsigned char *code = malloc(100);
        *(volatile unsigned char *)code = 0xc3;
        ((void (*)(void))(void *)code)();
        puts("after");
        return 0;
}
