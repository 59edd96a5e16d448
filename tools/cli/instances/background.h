/* coracle run -d: a guest in the background. */
#ifndef CLI_INSTANCES_BACKGROUND_H
#define CLI_INSTANCES_BACKGROUND_H

#include "../network/lan.h"
#include "../run/options.h"
#include "../run/prepare.h"

/*
 * Starts the guest with a supervisor of its own and prints its name when it is known to run. `project`: the composition
 * that it belongs to, or ""; `lan`: the network that it joins, or NULL. Returns our exit status; exits with a message
 * when the name is taken.
 */
int background_start(struct run_options *options, struct preparation *preparation, const char *project,
                     const struct lan_port *lan);

/* For prepare_network: " by the guest NAME" when one in the background has that port of the host, else "". */
const char *background_holder(const struct forward *forward);

#endif
