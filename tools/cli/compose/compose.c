/* coracle compose: guests that share a network, from one file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../commands.h"
#include "../instances/background.h"
#include "../instances/supervisor.h"
#include "../manage/flags.h"
#include "../manage/select.h"
#include "../manage/stopping.h"
#include "../message.h"
#include "../run/options.h"
#include "../run/prepare.h"
#include "file.h"

static const char usage[] =
        "usage: coracle compose [up|down|ps] FILE\n"
        "\n"
        "up (what happens without a word) starts the guests of FILE in the background, on a network that they share;\n"
        "those that run already are left alone. down ends and forgets them. ps lists them.\n"
        "\n"
        "FILE is JSON:\n"
        "  {\"name\": \"shop\",\n"
        "   \"network\": {\"subnet\": \"10.77.0.0/24\", \"kind\": \"auto\"},\n"
        "   \"guests\": {\n"
        "     \"db\":  {\"image\": \"db.elf\", \"memory\": \"64M\"},\n"
        "     \"web\": {\"image\": \"web.elf\", \"publish\": [\"8080:8080\"], \"arguments\": [\"-v\"]}}}\n"
        "\n"
        "Each guest finds the addresses of all in its environment: DB_ADDRESS=10.77.0.2, ... The network is a bridge "
        "in\n"
        "the namespace coracle-NAME for root, a switch of the user's own otherwise. coracle-compose(1) has the rest.\n";

/* ---- What runs ---- */

/* All instances of the composition, those that are not in the file any more among them. */
static void find_members(const struct store *store, const char *composition, bool running_only, struct list *members)
{
        struct list names = {0};
        store_names(store, &names);
        for (size_t i = 0; i < names.count; i++) {
                struct instance instance;
                if (instance_look(store, names.items[i], &instance) &&
                    strcmp(instance.state.project, composition) == 0 && (instance.is_running || !running_only))
                        list_add_string(members, names.items[i]);
                instance_close(&instance);
        }
        list_free(&names);
}

static bool runs(const struct store *store, const char *name)
{
        struct instance instance;
        const bool is_running = instance_look(store, name, &instance) && instance.is_running;
        instance_close(&instance);
        return is_running;
}

static void forget(struct store *store, const struct list *names)
{
        for (size_t i = 0; i < names->count; i++) {
                store_lock(store);
                if (!runs(store, names->items[i]))
                        instance_remove(store, names->items[i]);
                store_unlock(store);
        }
}

/* ---- up ---- */

/* Checks a guest as `coracle run` would; messages name it from here on. */
static void check_guest(struct composed *guest, struct run_options *options, struct preparation *preparation)
{
        char error[ERROR_TEXT];
        message_about(guest->name);
        if (!run_options_parse(options, (int)guest->words.count, guest->words.items, error))
                refuse("%s", error);
        prepare(options, preparation);
}

_Noreturn static void start_guest(const struct composition *composition, struct composed *guest)
{
        static struct run_options options;
        struct preparation preparation;
        check_guest(guest, &options, &preparation);
        prepare_network(&options, background_holder);
        exit(background_start(&options, &preparation, composition->name, &guest->port));
}

/* In a process of its own, so that a guest that is refused does not keep us from ending the others. */
static int start_and_wait(const struct composition *composition, struct composed *guest)
{
        fflush(NULL);
        const pid_t id = fork();
        if (id < 0)
                refuse("cannot start a process: %s", strerror(errno));
        if (id == 0)
                start_guest(composition, guest);
        int status = 0;
        while (waitpid(id, &status, 0) < 0 && errno == EINTR)
                ;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void take_down_if_unused(const struct store *store, const struct composition *composition)
{
        struct list members = {0};
        find_members(store, composition->name, true, &members);
        if (members.count == 0)
                lan_down(&composition->lan);
        list_free(&members);
}

static int up(struct store *store, struct composition *composition)
{
        struct list started = {0};
        int status = 0;
        for (size_t i = 0; i < composition->count; i++) {
                static struct run_options options;
                struct preparation preparation;
                check_guest(&composition->guests[i], &options, &preparation);
                run_options_free(&options);
        }
        message_about(NULL);
        const int keeper = lan_up(&composition->lan);
        for (size_t i = 0; i < composition->count && status == 0; i++) {
                struct composed *guest = &composition->guests[i];
                guest->port.lan = composition->lan;
                if (runs(store, guest->instance))
                        continue;
                status = start_and_wait(composition, guest);
                if (status == 0)
                        list_add_string(&started, guest->instance);
        }
        if (status != 0 && started.count != 0) {
                (void)stop_guests(store, &started, 0, true);
                forget(store, &started);
        }
        if (keeper >= 0)
                close(keeper);
        if (status != 0)
                take_down_if_unused(store, composition);
        list_free(&started);
        return status;
}

static int down(struct store *store, const struct composition *composition)
{
        struct list members = {0};
        find_members(store, composition->name, false, &members);
        const bool is_good = stop_guests(store, &members, STOP_GRACE, false);
        forget(store, &members);
        take_down_if_unused(store, composition);
        list_free(&members);
        return is_good ? 0 : 1;
}

/* As `coracle ps` shows them. */
static int ps(const struct store *store, const struct composition *composition)
{
        struct list words = {0};
        list_add_string(&words, "ps");
        find_members(store, composition->name, false, &words);
        if (words.count == 1)
                refuse("no guest of %s runs; start them: coracle compose up FILE", composition->name);
        const int status = command_ps((int)words.count, words.items);
        list_free(&words);
        return status;
}

int command_compose(int argc, char *argv[])
{
        char *const *words = flags_parse("compose", usage, NULL, 0, argc, argv);
        const size_t count = (size_t)(argv + argc - words);
        const char *what = count == 2 ? words[0] : "up";
        if (count < 1 || count > 2)
                refuse("which file? usage: coracle compose [up|down|ps] FILE");
        if (strcmp(what, "up") != 0 && strcmp(what, "down") != 0 && strcmp(what, "ps") != 0)
                refuse("compose has no `%s`; it has up, down and ps", what);
        struct composition composition;
        struct store store;
        composition_read(&composition, words[count - 1]);
        store_open(&store);
        const int status = what[0] == 'u'   ? up(&store, &composition)
                           : what[0] == 'd' ? down(&store, &composition)
                                            : ps(&store, &composition);
        store_close(&store);
        composition_free(&composition);
        return status;
}
