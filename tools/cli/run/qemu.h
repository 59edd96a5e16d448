/* QEMU's command line for a guest, and the guest's. */
#ifndef CLI_RUN_QEMU_H
#define CLI_RUN_QEMU_H

#include <stdbool.h>

#include "../text.h"
#include "options.h"

#define QEMU_NAME "qemu-system-x86_64"

/* The -netdev of the network that a guest asks for, and of its composition's. */
#define QEMU_NETWORK "net0"
#define QEMU_LAN     "lan"

/* What `coracle run` found out and decided beyond what it was asked. */
struct qemu_choice {
        const char *program; /* path of QEMU */
        bool kvm;
        bool network;    /* the guest gets a network device */
        int status_file; /* descriptor that QEMU inherits: what the guest writes to the status port */
        unsigned gdb_port;
        int qmp;         /* descriptor that QEMU inherits: its end of a QMP connection; -1: none */
        int lan;         /* descriptor that QEMU inherits: a network device of its own; -1: none */
        bool lan_is_tap; /* a tap; else a socket of which each packet is a frame */
        const char *lan_mac;
        const char *name; /* of the virtual machine, for people who look at processes; or NULL */
};

/*
 * Adds the guest's command line: words of the platform first, then the environment, `--` and the arguments. False: it
 * is longer than a guest takes; *excess says by how many bytes.
 */
bool guest_command_line(const struct run_options *options, const struct qemu_choice *choice, struct text *line,
                        size_t *excess);

/* Adds QEMU's argv. `line` is the guest's command line. */
void qemu_command(const struct run_options *options, const struct qemu_choice *choice, const char *line,
                  struct list *command);

/* Does the machine have a power button that `coracle stop` can press? */
bool qemu_has_button(const struct run_options *options);

/* The machine's short name for messages. */
const char *qemu_machine_name(const struct run_options *options);

#endif
