/* Ring 3 cannot call the nucleus. */
#include <stdio.h>

#include "../ring3.h"

int main(void)
{
        puts("before");
        fflush(stdout);
        ((void (*)(void))GATE_NUCLEUS_BASE)();
        puts("after");
        return 0;
}
