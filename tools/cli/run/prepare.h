/* What a run needs of this host, found and checked before QEMU starts, so that each lack has its own message. */
#ifndef CLI_RUN_PREPARE_H
#define CLI_RUN_PREPARE_H

#include <stdbool.h>

#include "options.h"
#include "qemu.h"

struct preparation {
        struct qemu_choice choice;
        const char *why_not_kvm; /* KVM was not asked for and does not work: why. Else NULL */
        bool uses_network;       /* the program was linked with sockets */
};

/* Finds QEMU, checks the image, and decides what the options left open, the network among it. Exits with a message. */
void prepare(struct run_options *options, struct preparation *preparation);

/*
 * Exits with a message when a port of the host is taken or the tap cannot be used. `holder`, which may be NULL, names
 * who has a port: text such as " by the instance web", or "".
 */
void prepare_network(const struct run_options *options, const char *(*holder)(const struct forward *forward));

#endif
