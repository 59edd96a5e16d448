/* The nucleus is not in the direct map either. */
#include <stdio.h>

#include "../ring3.h"

int main(void)
{
        puts("before");
        fflush(stdout);
        printf("%d\n", *(volatile char *)(boot_info()->direct_map + GATE_NUCLEUS_BASE));
        puts("after");
        return 0;
}
