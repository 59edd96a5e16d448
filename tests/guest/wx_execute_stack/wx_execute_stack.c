/* The stack is never code. */
#include <stdio.h>

int main(void)
{
        puts("before");
        fflush(stdout);
        volatile unsigned char code[16] = {0xc3};
        ((void (*)(void))(void *)code)();
        puts("after");
        return 0;
}
