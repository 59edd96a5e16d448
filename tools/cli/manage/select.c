/* Finds instances by name; see select.h. */
#include "select.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../message.h"

bool instance_look(const struct store *store, const char *name, struct instance *instance)
{
        *instance = (struct instance){.name = name, .directory = instance_open(store, name)};
        if (instance->directory < 0)
                return false;
        /* In this order: what ends between the two has written down how. */
        instance->is_running = instance_is_running(instance->directory);
        (void)state_read(instance->directory, &instance->state);
        return true;
}

void instance_find(const struct store *store, const char *name, struct instance *instance)
{
        struct list names = {0};
        if (instance_look(store, name, instance))
                return;
        store_names(store, &names);
        const char *meant = names.count != 0 ? closest_word(name, (const char *const *)names.items) : NULL;
        if (meant != NULL)
                refuse("there is no guest `%s`; did you mean `%s`?", name, meant);
        refuse("there is no guest `%s`; `coracle ps` lists them", name);
}

void instance_close(struct instance *instance)
{
        state_free(&instance->state);
        if (instance->directory >= 0)
                close(instance->directory);
        instance->directory = -1;
}

void select_names(const struct store *store, const char *command, char *const argv[], bool all, struct list *names)
{
        if (all && *argv != NULL)
                refuse("--all means every guest; leave out %s", *argv);
        if (!all && *argv == NULL)
                refuse("which guest? `coracle ps` lists them; usage: coracle %s NAME...", command);
        if (all)
                store_names(store, names);
        for (; *argv != NULL; argv++) {
                struct instance instance;
                instance_find(store, *argv, &instance);
                instance_close(&instance);
                list_add_string(names, *argv);
        }
}
