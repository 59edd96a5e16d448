/* A boot from QEMU's start to the exit status, with a second try under TCG when KVM turns out not to do. */
#ifndef CLI_RUN_BOOT_H
#define CLI_RUN_BOOT_H

#include <stdbool.h>
#include <stdio.h>

#include "guest.h"
#include "options.h"
#include "qemu.h"

/* Who takes part in the boot beside the one who typed the command. */
struct boot_attendant {
        struct guest_attendant guest; /* guest.context is the context of all */
        /* QEMU is about to be started, for the first or the second time: may add descriptors to `choice`. */
        void (*begin)(void *context, struct qemu_choice *choice);
        void (*message)(void *context, const char *line); /* QEMU said a line */
};

struct boot_end {
        int status;  /* exit status for our caller */
        bool failed; /* the guest did not run: QEMU did not start, or KVM could not go on */
        int signal;  /* the signal that made us end the guest, or 0 */
};

/* QEMU's argv for this choice. Exits with a message when the words for the guest are too many. */
struct list boot_command(const struct run_options *options, const struct qemu_choice *choice);
void boot_print_command(const struct list *command, FILE *file);

/* `attendant` may be NULL. Says on standard error what went wrong. */
struct boot_end boot(const struct run_options *options, struct qemu_choice *choice,
                     const struct boot_attendant *attendant);

#endif
