/* A command line with a quote that has no partner is refused before main. */
#include <stdio.h>

int main(void)
{
        puts("main ran");
        return 0;
}
