/* An option that nothing knows is named and ignored. */
#include <stdio.h>

int main(void)
{
        puts("main ran");
        return 0;
}
