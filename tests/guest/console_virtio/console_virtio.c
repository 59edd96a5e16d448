/*
 * The only console is virtio's: lines, and more in one write than the ring and its buffers hold, arrive in order. Not
 * more than a pipe holds: QEMU throws away what a virtconsole writes while its reader is busy.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINES      5000u
#define LINE_BYTES 10u

int main(void)
{
        static char block[LINES * LINE_BYTES];
        for (unsigned i = 0; i < LINES; i++) {
                char line[LINE_BYTES + 1];
                snprintf(line, sizeof(line), "%09u\n", i);
                memcpy(block + LINE_BYTES * i, line, LINE_BYTES);
        }
        printf("hello from virtio-console\n");
        fflush(stdout);
        if (write(1, block, sizeof(block)) != sizeof(block))
                return 1;
        printf("the last line\n");
        return 0;
}
