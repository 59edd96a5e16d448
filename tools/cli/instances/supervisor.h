/* The process behind a guest in the background: keeps its log, answers on its control socket, writes down its end. */
#ifndef CLI_INSTANCES_SUPERVISOR_H
#define CLI_INSTANCES_SUPERVISOR_H

#include "../network/lan.h"
#include "../run/options.h"
#include "../run/prepare.h"

#define STOP_GRACE 10u /* seconds from the power button to the end, unless told otherwise */

struct supervision {
        const struct run_options *options; /* `image` is an absolute path */
        struct preparation *preparation;
        const char *project;        /* of a composition, or "" */
        const struct lan_port *lan; /* the network that it joins, or NULL */
        int directory;              /* the instance's; its lock is held by this process */
        int ready;                  /* a socket: one byte is sent when the guest is known to run */
};

/*
 * Boots and waits for the end. Until the guest is known to run, messages go to standard error; from then on, to the
 * log. Returns our exit status: 0 when the guest ran, however it ended.
 */
int supervise(const struct supervision *supervision);

#endif
