/* The guests in the background that a command is about. */
#ifndef CLI_MANAGE_SELECT_H
#define CLI_MANAGE_SELECT_H

#include <stdbool.h>

#include "../instances/state.h"
#include "../instances/store.h"

/* One of them, as it is now. */
struct instance {
        const char *name;
        int directory;
        bool is_running;
        struct state state;
};

/* Opens the instance, or exits with a message, with the name that was probably meant. */
void instance_find(const struct store *store, const char *name, struct instance *instance);

/* The same; false when there is none of that name. */
bool instance_look(const struct store *store, const char *name, struct instance *instance);

void instance_close(struct instance *instance);

/*
 * Adds the names on the command line, each checked to be there, or those of all guests when `all`. Exits with a message
 * when there is none.
 */
void select_names(const struct store *store, const char *command, char *const argv[], bool all, struct list *names);

#endif
