/* A CPU with RDRAND: random bytes come from it, and nothing is said. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

int main(void)
{
        unsigned char first[64] = {0};
        unsigned char second[64] = {0};
        const int result = getentropy(first, sizeof(first)) | getentropy(second, sizeof(second));
        printf(memcmp(first, second, sizeof(first)) != 0 ? "they differ\n" : "they are the same\n");
        return result != 0;
}
