/* One write of 1 MB arrives whole. */
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define BYTES (1024 * 1024)

static char data[BYTES];

/* Lines of 63 characters, each character from a sequence that does not repeat soon. */
static void fill(void)
{
        uint32_t sequence = 12345;
        for (size_t i = 0; i < BYTES; i++) {
                sequence = sequence * 1103515245 + 12345;
                data[i] = i % 64 == 63 ? '\n' : (char)('a' + (sequence >> 16) % 26);
        }
}

int main(void)
{
        fill();
        const ssize_t written = write(STDOUT_FILENO, data, BYTES);
        return written == BYTES ? 0 : 1;
}
