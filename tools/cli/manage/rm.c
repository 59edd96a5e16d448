/* coracle rm: forgets guests that have ended. */
#include <stdio.h>
#include <stdlib.h>

#include "../commands.h"
#include "../message.h"
#include "flags.h"
#include "select.h"
#include "stopping.h"

static const char usage[] = "usage: coracle rm [-f] NAME...|--all\n"
                            "\n"
                            "Removes what is kept of guests that have ended: their logs and how they ended.\n"
                            "\n"
                            "  -f, --force   ends those that run first\n"
                            "      --all     all guests; without -f, those that have ended\n";

/* Returns whether it was removed. */
static bool remove_one(struct store *store, const char *name)
{
        struct instance instance;
        bool was_removed = false;
        store_lock(store);
        if (instance_look(store, name, &instance) && !instance.is_running) {
                instance_remove(store, name);
                was_removed = true;
        }
        instance_close(&instance);
        store_unlock(store);
        return was_removed;
}

int command_rm(int argc, char *argv[])
{
        bool force = false, all = false;
        int status = 0;
        const struct flag flags[] = {{"force", 'f', &force, NULL}, {"all", 0, &all, NULL}};
        char *const *words = flags_parse("rm", usage, flags, sizeof(flags) / sizeof(flags[0]), argc, argv);
        struct store store;
        struct list names = {0};
        store_open(&store);
        select_names(&store, "rm", words, all, &names);
        if (force)
                status = stop_guests(&store, &names, 0, true) ? 0 : 1;
        for (size_t i = 0; i < names.count; i++) {
                if (!remove_one(&store, names.items[i]) && !all) {
                        complain("%s is running; end it first: coracle stop %s (or coracle rm -f %s)", names.items[i],
                                 names.items[i], names.items[i]);
                        status = EXIT_USAGE;
                }
        }
        list_free(&names);
        store_close(&store);
        return status;
}
