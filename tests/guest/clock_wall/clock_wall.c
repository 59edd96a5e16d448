/* The date, for the check to compare with the host's. */
#include <stdio.h>
#include <time.h>

int main(void)
{
        struct timespec time;
        clock_gettime(CLOCK_REALTIME, &time);
        printf("seconds since 1970: %lld\n", (long long)time.tv_sec);
        return 0;
}
