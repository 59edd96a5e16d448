/* 64 GiB, most of it above 4 GiB: all of it is there, the first and the last page of each range can be used. */
#include <stdio.h>

#include "../ring3.h"

int main(void)
{
        const struct gate_boot_info *boot = boot_info();
        uint64_t total = 0, wrong = 0;
        for (unsigned i = 0; i < boot->range_count; i++) {
                const struct gate_range range = free_part(i);
                total += range.end - range.start;
                if (range.start < 1ull << 32) /* the library OS uses pages there */
                        continue;
                volatile uint64_t *first = (uint64_t *)(boot->direct_map + range.start);
                volatile uint64_t *last = (uint64_t *)(boot->direct_map + range.end) - 1;
                *first = 1;
                *last = 2;
                wrong += (*first != 1) + (*last != 2);
        }
        printf("%llu GiB, %llu wrong\n", (unsigned long long)((total + (1ull << 29)) >> 30), (unsigned long long)wrong);
        return 0;
}
