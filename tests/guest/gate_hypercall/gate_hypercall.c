/* Off Xen, every hypercall is answered -ENODEV, whatever its arguments, and none is counted as refused. */
#include <errno.h>
#include <stdio.h>

#include "../ring3.h"

int main(void)
{
        static const uint64_t arguments[] = {0, 1, 17, 1ull << 32, ~0ull};
        const uint64_t before = cpu_page()->hypercalls_refused;
        unsigned calls = 0, wrong = 0;
        for (uint64_t operation = 0; operation <= GATE_XEN_OPERATIONS; operation++) {
                for (unsigned i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
                        const uint64_t x = arguments[i];
                        calls++;
                        wrong += gate(GATE_HYPERCALL, operation, x, x, x) != -ENODEV;
                }
        }
        wrong += gate(GATE_HYPERCALL, ~0ull, 0, 0, 0) != -ENODEV;
        printf("%u hypercalls, %u wrong, %llu refused\n", calls, wrong,
               (unsigned long long)(cpu_page()->hypercalls_refused - before));
        return 0;
}
