/* Ring 3 cannot read the nucleus. */
#include <stdio.h>

#include "../ring3.h"

int main(void)
{
        puts("before");
        fflush(stdout);
        printf("%d\n", *(volatile char *)GATE_NUCLEUS_BASE);
        puts("after");
        return 0;
}
