/* The image is not in the direct map: there is no second way to its text. */
#include <stdio.h>

#include "../ring3.h"

int main(void)
{
        puts("before");
        fflush(stdout);
        *(volatile char *)(boot_info()->direct_map + image_physical((void *)main)) = 0;
        puts("after");
        return 0;
}
