/*
 * A device that ring 3 has aimed at the vector of an exception with an error code (argument: another vector) ends the
 * guest; ring 0 does not take the interrupt's stack frame for one with an error code. The device is QEMU's "edu"
 * (docs/specs/edu.txt): writing register 0x60 raises its interrupt, here a message (PCI 3.0, section 6.8.1).
 */
#include <stdio.h>
#include <stdlib.h>

#include "../ring3.h"

#define EDU_ID          0x11e81234u
#define EDU_RAISE       (0x60 / 4)
#define CAPABILITY_MSI  5
#define COMMAND         0x04
#define COMMAND_ENABLE  0x06 /* memory, bus master */
#define BAR0            0x10
#define CAPABILITIES    0x34
#define MESSAGE_ADDRESS 0xfee00000u

static uint32_t slot;

static uint32_t config_read(uint32_t offset)
{
        gate(GATE_PORT_OUT, 0xcf8, 4, 0x80000000u | slot << 11 | (offset & 0xfc), 0);
        return (uint32_t)gate(GATE_PORT_IN, 0xcfc, 4, 0, 0);
}

static void config_write(uint32_t offset, uint32_t value)
{
        gate(GATE_PORT_OUT, 0xcf8, 4, 0x80000000u | slot << 11 | (offset & 0xfc), 0);
        gate(GATE_PORT_OUT, 0xcfc, 4, value, 0);
}

int main(int argc, char **argv)
{
        unsigned vector = argc > 1 ? (unsigned)atoi(argv[1]) : 14;
        const uint64_t area = boot_info()->map_area + (8ull << 30);
        while (slot < 32 && config_read(0) != EDU_ID)
                slot++;
        config_write(COMMAND, config_read(COMMAND) | COMMAND_ENABLE);
        uint32_t msi = config_read(CAPABILITIES) & 0xff;
        while (msi != 0 && (config_read(msi) & 0xff) != CAPABILITY_MSI)
                msi = config_read(msi) >> 8 & 0xff;
        config_write(msi + 4, MESSAGE_ADDRESS);
        config_write(msi + 8, 0);
        config_write(msi + 12, vector);
        config_write(msi, config_read(msi) | 1u << 16);
        if (msi == 0 || gate(GATE_MAP, area, config_read(BAR0) & ~15u, GATE_PAGE_SIZE, 3) != 0)
                return 2;
        printf("before\n");
        fflush(stdout);
        ((volatile uint32_t *)area)[EDU_RAISE] = 1;
        for (volatile int spin = 0; spin < 100000000; spin++)
                ;
        printf("nothing happened\n");
        return 0;
}
