/* Writing beyond a local array is found before the function returns. */
#include <string.h>

static __attribute__((noinline)) void smash(char *text, unsigned length)
{
        char buffer[16];
        memset(buffer, 'x', length);
        memcpy(text, buffer, 16);
}

int main(int argc, char **argv)
{
        (void)argv;
        char text[64];
        smash(text, (unsigned)(argc * 48));
        return 0;
}
