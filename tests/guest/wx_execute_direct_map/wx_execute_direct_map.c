/* Free memory is never code, wherever it is mapped. */
#include <stdio.h>

#include "../ring3.h"

int main(void)
{
        puts("before");
        fflush(stdout);
        const struct gate_boot_info *boot = boot_info();
        unsigned last = boot->range_count - 1;
        while (free_part(last).end == 0)
                last--;
        volatile unsigned char *code = (unsigned char *)(boot->direct_map + free_part(last).start);
        *code = 0xc3;
        ((void (*)(void))(void *)code)();
        puts("after");
        return 0;
}
