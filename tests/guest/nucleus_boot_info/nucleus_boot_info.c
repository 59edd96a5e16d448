/* What the nucleus told at boot is read-only. */
#include <stdio.h>

#include "../ring3.h"

int main(void)
{
        puts("before");
        fflush(stdout);
        *(volatile uint32_t *)&boot_info()->range_count = 0;
        puts("after");
        return 0;
}
