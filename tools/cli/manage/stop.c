/* coracle stop: ends guests in the background. */
#include <stdio.h>
#include <stdlib.h>

#include "../commands.h"
#include "../instances/supervisor.h"
#include "../message.h"
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
        static const struct option options[] = {{"time", required_argument, NULL, 't'},
                                                {"all", no_argument, NULL, 'a'},
                                                {"help", no_argument, NULL, 'h'},
                                                {NULL, 0, NULL, 0}};
        unsigned grace = STOP_GRACE;
        bool all = false;
        int option;
        opterr = 0;
        while ((option = getopt_long(argc, argv, ":t:h", options, NULL)) != -1) {
                switch (option) {
                case 't':
                        grace = parse_grace(optarg);
                        break;
                case 'a':
                        all = true;
                        break;
                case 'h':
                        fputs(usage, stdout);
                        return 0;
                default:
                        refuse_option("stop", options, option, argv[optind - 1]);
                }
        }
        struct store store;
        struct list names = {0};
        store_open(&store);
        select_names(&store, "stop", argv + optind, all, &names);
        const bool is_good = stop_guests(&store, &names, grace, false);
        list_free(&names);
        store_close(&store);
        return is_good ? 0 : 1;
}
