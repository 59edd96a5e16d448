/* A CPU without RDRAND, and virtio-rng: the random bytes are the device's, and nothing is said of weak ones. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

int main(void)
{
        static unsigned char bytes[64 * 256];
        unsigned counts[256] = {0}, most = 0;
        for (unsigned i = 0; i < 64; i++)
                getentropy(bytes + 256 * i, 256);
        for (unsigned i = 0; i < sizeof(bytes); i++)
                counts[bytes[i]]++;
        for (unsigned i = 0; i < 256; i++)
                most = counts[i] > most ? counts[i] : most;
        /* 64 of each expected, 8 standard deviations above. */
        printf(most < 128 ? "evenly spread\n" : "not random: %u of one value\n", most);
        return 0;
}
