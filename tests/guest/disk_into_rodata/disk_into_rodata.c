/* A disk must not write what the program cannot: reading into constants is a page fault of the caller's. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char constant[4096] = "unchanged";

int main(void)
{
        int device = open("/dev/vda", O_RDONLY);
        printf("before\n");
        fflush(stdout);
        pread(device, (void *)(unsigned long)constant, 4096, 0);
        printf("after: %s\n", constant);
        return 0;
}
