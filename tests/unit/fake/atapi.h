/* A CD-ROM drive's answers to packets, true ones and others, for the controllers of fake/ide.h and fake/ahci.h. */
#ifndef FAKE_ATAPI_H
#define FAKE_ATAPI_H

#include <cdrom/cdrom.h>

#define FAKE_DISC_BLOCKS 40u                              /* more than two transfers */
extern uint8_t fake_disc[FAKE_DISC_BLOCKS * CDROM_BLOCK]; /* each block is different */

struct fake_atapi {
        bool is_disk;         /* a hard disk, which knows no packets */
        uint16_t kind;        /* word 0 of its identity */
        uint16_t dma;         /* word 62 */
        const uint8_t *disc;  /* NULL: none */
        uint32_t block_bytes; /* as it says */
        uint32_t last_block;  /* as it says */
        unsigned attentions;  /* commands that are answered with one */
        unsigned not_ready;
        uint32_t bad_block; /* UINT32_MAX: none */
        size_t held_back;   /* bytes of a disc's block that it does not send */
        bool mute;          /* it has no sense data */
        /* Of the command: */
        uint8_t key, code;
        uint8_t data[CDROM_TRANSFER];
        size_t bytes;
        unsigned commands;
        unsigned packet_bytes; /* that it was sent */
};

/* A drive with fake_disc in it. */
void fake_atapi_init(struct fake_atapi *drive);

/* Carries a packet out: its data is in `data`. False: it was refused. */
bool fake_atapi_packet(struct fake_atapi *drive, const uint8_t *packet, unsigned bytes);

/* IDENTIFY PACKET DEVICE: the words are in `data`. */
void fake_atapi_identify(struct fake_atapi *drive);

#endif
