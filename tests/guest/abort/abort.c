/* abort ends the guest with a crash report that shows the way there. */
#include <stdlib.h>

static __attribute__((noinline)) void give_up(void)
{
        abort();
}

int main(void)
{
        give_up();
        return 0;
}
