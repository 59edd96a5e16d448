/* Page 0 is not there. */
#include <stdio.h>

int main(void)
{
        puts("before");
        fflush(stdout);
        int *volatile pointer = NULL;
        printf("%d\n", pointer[100]);
        puts("after");
        return 0;
}
