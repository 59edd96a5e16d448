/* coracle ps: lists the guests in the background. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "../commands.h"
#include "../message.h"
#include "flags.h"
#include "select.h"
#include "table.h"

static const char usage[] =
        "usage: coracle ps [-q] [--json] [--running] [NAME]...\n"
        "\n"
        "Lists the guests that `coracle run -d` and `coracle compose` started: those that run, and\n"
        "those that have ended and were not removed.\n"
        "\n"
        "      --running   only those that run\n"
        "  -q, --quiet     only the names\n"
        "      --json      everything as a JSON array\n";

struct listing {
        bool quiet, json, running;
        json_t *array;
        struct table table;
};

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');
        return slash != NULL ? slash + 1 : path;
}

static void add_json(struct listing *listing, const struct instance *instance, const char *status)
{
        json_t *object = instance->state.json != NULL ? json_copy(instance->state.json) : json_object();
        json_object_set_new(object, "name", json_string(instance->name));
        json_object_set_new(object, "running", json_boolean(instance->is_running));
        json_object_set_new(object, "description", json_string(status));
        json_array_append_new(listing->array, object);
}

static void add_row(struct listing *listing, const struct instance *instance, const char *status)
{
        const struct state *state = &instance->state;
        struct text memory = {0};
        text_add(&memory, "%lld %s", (long long)state->memory_kib / (state->memory_kib % 1024 == 0 ? 1024 : 1),
                 state->memory_kib % 1024 == 0 ? "MiB" : "KiB");
        const char *const cells[] = {instance->name,
                                     status,
                                     base_name(state->image),
                                     state->machine,
                                     state->accelerator,
                                     memory.bytes,
                                     state->published[0] != '\0' ? state->published : state->network};
        table_add(&listing->table, cells);
        text_free(&memory);
}

static void add(struct listing *listing, const struct store *store, const char *name)
{
        struct instance instance;
        struct text status = {0};
        if (!instance_look(store, name, &instance))
                return; /* removed in this moment */
        if (instance.is_running || !listing->running) {
                state_describe(&instance.state, instance.is_running, &status);
                if (listing->quiet)
                        puts(name);
                else if (listing->json)
                        add_json(listing, &instance, status.bytes);
                else
                        add_row(listing, &instance, status.bytes);
        }
        text_free(&status);
        instance_close(&instance);
}

int command_ps(int argc, char *argv[])
{
        static const char *const headings[] = {"NAME", "STATUS", "IMAGE", "MACHINE", "ACCEL", "MEMORY", "NETWORK"};
        struct listing listing = {.table = TABLE(headings)};
        const struct flag flags[] = {{"running", 0, &listing.running, NULL},
                                     {"quiet", 'q', &listing.quiet, NULL},
                                     {"json", 0, &listing.json, NULL}};
        char *const *words = flags_parse("ps", usage, flags, sizeof(flags) / sizeof(flags[0]), argc, argv);
        struct store store;
        struct list names = {0};
        store_open(&store);
        select_names(&store, "ps", words, *words == NULL, &names);
        listing.array = json_array();
        for (size_t i = 0; i < names.count; i++)
                add(&listing, &store, names.items[i]);
        if (listing.json) {
                json_dumpf(listing.array, stdout, JSON_INDENT(2));
                putchar('\n');
        } else if (!listing.quiet) {
                table_print(&listing.table, stdout);
        }
        json_decref(listing.array);
        table_free(&listing.table);
        list_free(&names);
        store_close(&store);
        return fflush(stdout) == 0 ? 0 : 1;
}
