/* Ring 3 cannot write the nucleus. */
#include <stdio.h>

#include "../ring3.h"

int main(void)
{
        puts("before");
        fflush(stdout);
        *(volatile char *)GATE_NUCLEUS_BASE = 0;
        puts("after");
        return 0;
}
