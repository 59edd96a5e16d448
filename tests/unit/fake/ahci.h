/* An AHCI controller behind the registers of fake/ahci_driver.c, with drives on some of its 32 ports. */
#ifndef FAKE_AHCI_H
#define FAKE_AHCI_H

#include <fake/atapi.h>

#define FAKE_AHCI_REGISTERS 0x1100u

extern struct fake_ahci {
        struct fake_atapi *drives[32]; /* NULL: nobody */
        uint32_t capabilities;
        bool silent_firmware; /* no port has received anything before the driver has it receive */
        /* Lies, of every port: */
        bool runs_on;      /* it cannot be stopped */
        bool busy;         /* from the start */
        bool never_done;   /* commands do not end */
        bool packets_hang; /* nor do those with a packet */
        uint32_t happened; /* bits of each command's interrupt status */
        uint32_t excess;   /* bytes that it says it has moved beyond those it has */
        uint32_t (*lie)(uint32_t value);
        unsigned strange; /* commands that no controller would carry out */
        uint8_t features; /* of the last packet */
} fake_ahci;

void fake_ahci_reset(void);

uint32_t fake_ahci_read(const volatile void *address);
void fake_ahci_write(volatile void *address, uint32_t value);

#endif
