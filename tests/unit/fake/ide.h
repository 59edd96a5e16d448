/* Two IDE channels behind port_in and port_out, with up to two drives each. */
#ifndef FAKE_IDE_H
#define FAKE_IDE_H

#include <fake/atapi.h>

extern struct fake_ide {
        struct fake_atapi *drives[2][2]; /* by channel and device; NULL: absent */
        bool floating[2];                /* nobody drives the channel */
        /* Lies, of every drive: */
        bool busy;              /* for ever, from the next command on */
        bool busy_with_packets; /* from the next packet on */
        bool ignores_packets;
        bool gone;        /* after a packet */
        int piece;        /* bytes of each piece of data, as it says; -1: as they are */
        int reason;       /* as it says; -1: as it is */
        bool endless;     /* there is always more data */
        bool no_identity; /* it refuses to say what it is */
        /* What a register reads as, instead of `value`; NULL: that. For the fuzzer. */
        uint32_t (*lie)(uint32_t value);
        unsigned refused; /* accesses to other ports than those of the command blocks */
} fake_ide;

void fake_ide_reset(void);

#endif
