/* Ends guests in the background, many at once. */
#ifndef CLI_MANAGE_STOPPING_H
#define CLI_MANAGE_STOPPING_H

#include <stdbool.h>

#include "../instances/store.h"

/*
 * Presses the power button of each that runs, waits until they have ended, and ends those that have not after `grace`
 * seconds (at once with 0). Says what it did the hard way unless `quiet`. False: one could not be ended.
 */
bool stop_guests(const struct store *store, const struct list *names, unsigned grace, bool quiet);

#endif
