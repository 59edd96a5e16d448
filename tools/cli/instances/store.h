/*
 * Where guests in the background keep what is known of them: a directory of the user's own, with a directory for each
 * instance, named as the instance is:
 *
 *   lock     locked by the supervisor (an open file description lock) for as long as it lives: that is what "running"
 *            means, and no kill at any point can leave it wrong
 *   state    what was asked for and how it ended, as JSON; replaced, never rewritten
 *   log      what the guest wrote, and what QEMU said; log.old, what came before that
 *   control  the socket on which the supervisor listens
 *
 * Instances are made and removed under the store's own lock, which nobody holds for longer than that takes.
 */
#ifndef CLI_INSTANCES_STORE_H
#define CLI_INSTANCES_STORE_H

#include <stdbool.h>

#include "../text.h"
#include "name.h"

struct store {
        int directory;
        int lock; /* -1 while not locked */
        char path[4096];
};

/* Finds the user's directory and makes it where it is not there. Exits with a message when it cannot be trusted. */
void store_open(struct store *store);
void store_close(struct store *store);

void store_lock(struct store *store);
void store_unlock(struct store *store);

/* Adds the names of all instances, in alphabetical order. */
void store_names(const struct store *store, struct list *names);

/* Opens an instance's directory: a descriptor, or -1 when there is none. */
int instance_open(const struct store *store, const char *name);

/* Does its supervisor live? */
bool instance_is_running(int directory);

/*
 * Makes the instance, over one that has ended if need be, and locks it. The caller holds the store's lock. Returns the
 * lock's descriptor and sets *directory; -1: an instance of this name runs; else exits with a message.
 */
int instance_make(const struct store *store, const char *name, int *directory);

/* Removes all there is of an instance. The caller holds the store's lock and knows that it does not run. */
void instance_remove(const struct store *store, const char *name);

#endif
