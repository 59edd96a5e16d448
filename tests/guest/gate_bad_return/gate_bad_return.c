/* A gate call by trap whose return address is not canonical is an invalid instruction, and no fault of the nucleus. */
#include <stdint.h>

#include "../ring3.h"

int main(void)
{
        register uint64_t magic __asm__("r11") = GATE_TRAP_MAGIC;
        uint64_t nowhere = 1ull << 63;

        __asm__ volatile("ud2" : : "a"(GATE_TIMER_READ), "c"(nowhere), "r"(magic) : "memory");
        return 0;
}
