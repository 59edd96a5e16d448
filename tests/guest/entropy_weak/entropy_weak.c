/* A CPU without RDRAND and no virtio-rng: random bytes are weak, the console says so, once. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

int main(void)
{
        unsigned char first[64] = {0};
        unsigned char second[64] = {0};
        getentropy(first, sizeof(first));
        getentropy(second, sizeof(second));
        printf(memcmp(first, second, sizeof(first)) != 0 ? "they differ\n" : "they are the same\n");
        return 0;
}
