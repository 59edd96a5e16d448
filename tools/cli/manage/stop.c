/* coracle stop: ends guests in the background. */
#include <stdio.h>
#include <stdlib.h>

#include "../commands.h"
#include "../instances/supervisor.h"
#include "../message.h"
#include "flags.h"
#include "select.h"
#include "stopping.h"

#define GRACE_MAX 86400u

static const char usage[] = "usage: coracle stop [-t SECONDS] NAME...|--all\n"
                            "\n"
                            "Presses the guests' power buttons, which their programs see as SIGTERM, and waits for "
                            "them to end. What has not\n"
                            "ended by then is ended, and so is at once what has no power button, which is said.\n"
                            "\n"
                            "  -t, --time SECONDS   how long to wait (default 10); 0 ends them at once\n"
                            "      --all            all guests that run\n";

static unsigned parse_grace(const char *text)
{
        char *end;
        const unsigned long seconds = strtoul(text, &end, 10);
        if (text[0] < '0' || text[0] > '9' || *end != '\0' || seconds > GRACE_MAX)
                refuse("-t %s is not a number of seconds from 0 to %u", text, GRACE_MAX);
        return (unsigned)seconds;
}

int command_stop(int argc, char *argv[])
{
        const char *time = NULL;
        bool all = false;
        const struct flag flags[] = {{"time", 't', NULL, &time}, {"all", 0, &all, NULL}};
        char *const *words = flags_parse("stop", usage, flags, sizeof(flags) / sizeof(flags[0]), argc, argv);
        const unsigned grace = time != NULL ? parse_grace(time) : STOP_GRACE;
        struct store store;
        struct list names = {0};
        store_open(&store);
        select_names(&store, "stop", words, all, &names);
        const bool is_good = stop_guests(&store, &names, grace, false);
        list_free(&names);
        store_close(&store);
        return is_good ? 0 : 1;
}
