/* What `coracle run` was asked for. */
#ifndef CLI_RUN_OPTIONS_H
#define CLI_RUN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../guest/disk.h"
#include "../guest/options.h"
#include "../text.h"
#include "forward.h"

enum run_accel { ACCEL_AUTO, ACCEL_KVM, ACCEL_TCG };
enum run_machine { MACHINE_AUTO, MACHINE_PC, MACHINE_Q35, MACHINE_MICROVM };
enum run_net { NET_AUTO, NET_USER, NET_TAP, NET_NONE };

#define FORWARDS_MAX 64u

struct run_options {
        const char *image;
        uint64_t memory_kib;
        struct forward forwards[FORWARDS_MAX];
        size_t forward_count;
        enum run_accel accel;
        enum run_machine machine;
        const char *machine_more; /* ",KEY=VALUE..." after the machine's name, or "" */
        enum run_net net;
        const char *tap;
        const char *ip; /* as given to --ip, or NULL */
        struct disks disks;
        struct list environment; /* KEY=VALUE */
        struct list append;      /* words for the platform, as given */
        struct list qemu;        /* more arguments for QEMU */
        bool verbose;
        bool quiet;
        bool gdb;
        bool raw;
        bool print; /* only show QEMU's command line */
        bool detach;
        const char *name; /* of a guest in the background, or NULL */
        bool help;
        char *const *arguments; /* argv[1..] of the guest, argument_count of them */
        size_t argument_count;
};

/*
 * Parses what follows `coracle run`; argv[0] is ignored. The options point into argv. False: `error`, of ERROR_TEXT
 * bytes, says in one line what is wrong.
 */
bool run_options_parse(struct run_options *options, int argc, char *argv[], char *error);
void run_options_free(struct run_options *options);

#endif
