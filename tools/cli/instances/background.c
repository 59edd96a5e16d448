/* Starts guests in the background; see background.h. */
#include "background.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../message.h"
#include "detach.h"
#include "state.h"
#include "store.h"
#include "supervisor.h"

/* ---- Names ---- */

/* The image's file name without .elf and what names may not have; with a number where that is there already. */
static void invent_name(const struct store *store, const char *image, char *name)
{
        const char *slash = strrchr(image, '/');
        char stem[INSTANCE_NAME_MAX - 8];
        snprintf(stem, sizeof(stem), "%s", slash != NULL ? slash + 1 : image);
        char *dot = strrchr(stem, '.');
        if (dot != NULL && dot != stem)
                *dot = '\0';
        for (char *p = stem; *p != '\0'; p++) {
                if (!instance_name_is_good((char[]){*p, '\0'}) && (p == stem || strchr("_.-", *p) == NULL))
                        *p = p == stem ? 'x' : '_';
        }
        snprintf(name, INSTANCE_NAME_MAX + 1, "%s", stem);
        for (unsigned number = 2; faccessat(store->directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0; number++)
                snprintf(name, INSTANCE_NAME_MAX + 1, "%s-%u", stem, number);
}

const char *background_holder(const struct forward *forward)
{
        static char found[INSTANCE_NAME_MAX + 32];
        struct store store;
        struct list names = {0};
        store_open(&store);
        store_names(&store, &names);
        for (size_t i = 0; i < names.count && found[0] == '\0'; i++) {
                struct state state;
                const int directory = instance_open(&store, names.items[i]);
                char *next = NULL;
                if (state_read(directory, &state) && instance_is_running(directory)) {
                        char *published = strdup(state.published);
                        for (char *word = strtok_r(published, ",", &next); word != NULL;
                             word = strtok_r(NULL, ",", &next)) {
                                struct forward other;
                                if (forward_parse(&other, word) && other.host == forward->host &&
                                    other.udp == forward->udp)
                                        snprintf(found, sizeof(found), " by the guest %s", names.items[i]);
                        }
                        free(published);
                }
                state_free(&state);
                if (directory >= 0)
                        close(directory);
        }
        list_free(&names);
        store_close(&store);
        return found;
}

/* ---- The two processes ---- */

struct channels {
        int messages[2]; /* a pipe: the supervisor's standard error until the guest runs */
        int ready[2];    /* a pair of sockets: a byte when it does */
};

/* Passes messages on until the guest runs or the supervisor has ended; returns our exit status. */
static int wait_until_ready(struct channels *channels, pid_t supervisor)
{
        struct pollfd polled[2] = {{channels->messages[0], POLLIN, 0}, {channels->ready[0], POLLIN, 0}};
        bool is_ready = false;
        while (polled[0].fd >= 0 && !is_ready) {
                char bytes[1024];
                if (poll(polled, 2, -1) < 0 && errno != EINTR)
                        break;
                if (polled[0].revents != 0) {
                        const ssize_t count = read(channels->messages[0], bytes, sizeof(bytes));
                        if (count > 0)
                                fwrite(bytes, 1, (size_t)count, stderr);
                        else if (count == 0)
                                polled[0].fd = -1;
                }
                if (polled[1].revents != 0)
                        is_ready = recv(channels->ready[0], bytes, 1, 0) == 1;
                if (polled[1].revents != 0 && !is_ready)
                        polled[1].fd = -1;
        }
        if (is_ready || (polled[1].fd >= 0 && recv(channels->ready[0], &(char){0}, 1, 0) == 1))
                return 0;
        int status = 0;
        while (waitpid(supervisor, &status, 0) < 0 && errno == EINTR)
                ;
        if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
                return WEXITSTATUS(status);
        complain("the guest's supervisor was ended before the guest ran");
        return EXIT_USAGE;
}

static pid_t start_supervisor(struct supervision *supervision, int lock, struct channels *channels)
{
        if (pipe2(channels->messages, O_CLOEXEC) != 0 ||
            socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channels->ready) != 0)
                refuse("cannot make a pipe: %s", strerror(errno));
        fflush(NULL);
        const pid_t id = fork();
        if (id < 0)
                refuse("cannot start a process: %s", strerror(errno));
        if (id != 0) {
                close(channels->messages[1]);
                close(channels->ready[1]);
                return id;
        }
        supervision->ready = channels->ready[1];
        int *kept[] = {&supervision->directory, &supervision->ready, &lock};
        detach(kept, sizeof(kept) / sizeof(kept[0]), channels->messages[1]);
        exit(supervise(supervision));
}

int background_start(struct run_options *options, struct preparation *preparation, const char *project,
                     const struct lan_port *lan)
{
        struct store store;
        char name[INSTANCE_NAME_MAX + 1];
        char *image = realpath(options->image, NULL);
        if (image == NULL)
                refuse("%s: %s", options->image, strerror(errno));
        options->image = image;
        store_open(&store);
        store_lock(&store);
        if (options->name != NULL)
                snprintf(name, sizeof(name), "%s", options->name);
        else
                invent_name(&store, options->image, name);
        struct supervision supervision = {
                .options = options, .preparation = preparation, .project = project, .lan = lan};
        const int lock = instance_make(&store, name, &supervision.directory);
        if (lock < 0)
                refuse("a guest named %s is running; choose another name with --name, or end it: coracle stop %s", name,
                       name);
        preparation->choice.name = name;
        struct channels channels;
        const pid_t supervisor = start_supervisor(&supervision, lock, &channels);
        close(lock);
        store_unlock(&store);
        const int status = wait_until_ready(&channels, supervisor);
        if (status == 0) {
                puts(name);
        } else {
                store_lock(&store);
                if (!instance_is_running(supervision.directory))
                        instance_remove(&store, name);
        }
        close(supervision.directory);
        store_close(&store);
        free(image);
        return status;
}
