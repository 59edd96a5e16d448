/*
 * CD-ROM drives on IDE and AHCI controllers, to read what a manager gave the guest on a disc. cdrom.c speaks the
 * commands of MMC-3 (T10 1363D) and SPC-3 (T10 1416D), in packets that ide.c and ahci.c carry (ATA/ATAPI-6, T13 1410D).
 *
 * Nothing interrupts: a command is waited for, at most a second, and all that fail at most two. A drive that breaks the
 * contract is named with what it did, once, and given up.
 */
#ifndef CORACLE_CDROM_H
#define CORACLE_CDROM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pci/pci.h>
#include <platform.h>

#define CDROM_DRIVES_MAX   8u
#define CDROM_BLOCK        PLATFORM_DISC_BLOCK
#define CDROM_TRANSFER     16384u /* bytes of one command at most */
#define CDROM_PACKET_BYTES 16u    /* that are passed; drives take the first 12 of them, or all */
#define CDROM_PLACE_MAX    32u

#define CDROM_COMMAND_PACKET   0xa0u
#define CDROM_COMMAND_IDENTIFY 0xa1u /* IDENTIFY PACKET DEVICE */
#define CDROM_IDENTITY_WORDS   256u

struct cdrom {
        /*
         * Sends a command packet and receives at most `bytes`, up to CDROM_TRANSFER, even. Returns how many came; -EIO:
         * the drive refused, and has sense data; -ENODEV: it was given up.
         */
        int (*send)(struct cdrom *drive, const uint8_t packet[CDROM_PACKET_BYTES], void *buffer, size_t bytes);
        char place[CDROM_PLACE_MAX]; /* "IDE channel 0, device 1" */
        uint64_t bytes;              /* of the disc; 0: there is none */
        unsigned packet_bytes;
        bool looked_at; /* for a disc */
        bool given_up;
        struct {
                uint16_t base; /* port */
                uint8_t device;
        } ide;
        struct {
                volatile uint8_t *port; /* registers */
                struct ahci_memory *memory;
                uint8_t *data; /* CDROM_TRANSFER bytes */
                uint8_t features;
                bool can_clear_busy;
        } ahci;
};

/* PLATFORM_GIVEN_DISC of platform_given. */
int64_t cdrom_given(unsigned index, char name[PLATFORM_GIVEN_NAME], uint64_t offset, void *buffer, size_t bytes);

/* For tests: the next question looks for drives again. */
void cdrom_forget(void);

/* ---- For the controllers ---- */

/* "[cdrom] PLACE: WHY; it is not used". Returns -ENODEV. */
int cdrom_give_up(struct cdrom *drive, const char *why);

/*
 * Takes over a drive that has answered CDROM_COMMAND_IDENTIFY with these words. False: there is no room for it, or it
 * is no CD-ROM drive.
 */
bool cdrom_add(const struct cdrom *drive, const uint16_t identity[CDROM_IDENTITY_WORDS]);

/* A wait for a drive: it starts, and is over when the time of a command is. */
struct cdrom_wait {
        uint64_t start, deadline;
};
void cdrom_wait_start(struct cdrom_wait *wait);
bool cdrom_wait_is_over(const struct cdrom_wait *wait);

/* Look for drives on a controller, and add them. *taken: the IDE channels that controllers before it have, a bit each.
 */
void ide_probe(const struct pci_function *function, unsigned *taken);
void ahci_probe(const struct pci_function *function);

#endif
