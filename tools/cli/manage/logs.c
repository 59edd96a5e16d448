/* coracle logs: shows what a guest in the background has written, and goes on with -f. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../commands.h"
#include "../message.h"
#include "flags.h"
#include "select.h"

static const char usage[] = "usage: coracle logs [-f] NAME\n"
                            "\n"
                            "Shows what the guest has written, and what QEMU said. At least the last MiB is kept.\n"
                            "\n"
                            "  -f, --follow   goes on until the guest ends\n";

struct reader {
        int directory;
        int file; /* -1: none yet */
};

static void copy_out(int file)
{
        char bytes[65536];
        ssize_t count;
        while ((count = read(file, bytes, sizeof(bytes))) > 0) {
                if (fwrite(bytes, 1, (size_t)count, stdout) != (size_t)count || fflush(stdout) != 0)
                        exit(1);
        }
}

static int open_log(int directory, const char *name)
{
        return openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

/* Copies what is new; when the log was turned over, the rest of the old one and then the new one. */
static void catch_up(struct reader *reader)
{
        struct stat ours, now;
        if (reader->file >= 0)
                copy_out(reader->file);
        const int file = open_log(reader->directory, "log");
        if (file < 0)
                return;
        if (reader->file >= 0 && fstat(reader->file, &ours) == 0 && fstat(file, &now) == 0 &&
            ours.st_ino == now.st_ino) {
                close(file);
                return;
        }
        if (reader->file >= 0)
                copy_out(reader->file);
        close(reader->file);
        reader->file = file;
        copy_out(file);
}

static void start(struct reader *reader)
{
        const int old = open_log(reader->directory, "log.old");
        if (old >= 0) {
                copy_out(old);
                close(old);
        }
        catch_up(reader);
}

/* The supervisor ends after it has written the last line. */
static void follow(struct reader *reader, struct instance *instance)
{
        char path[64], events[4096];
        const int supervisor = state_supervisor(&instance->state);
        const int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", reader->directory);
        if (watch < 0 || inotify_add_watch(watch, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
                refuse("cannot follow the log: %s", strerror(errno));
        struct pollfd polled[] = {{watch, POLLIN, 0}, {supervisor, POLLIN, 0}, {STDOUT_FILENO, 0, 0}};
        do {
                catch_up(reader);
                if (supervisor < 0 || (polled[2].revents & (POLLERR | POLLHUP)) != 0)
                        break;
                if (poll(polled, 3, -1) < 0 && errno != EINTR)
                        break;
                while (read(watch, events, sizeof(events)) > 0)
                        ;
        } while (polled[1].revents == 0);
        catch_up(reader);
        close(watch);
        if (supervisor >= 0)
                close(supervisor);
}

int command_logs(int argc, char *argv[])
{
        bool goes_on = false;
        const struct flag flags[] = {{"follow", 'f', &goes_on, NULL}};
        char *const *words = flags_parse("logs", usage, flags, 1, argc, argv);
        if (words[0] == NULL || words[1] != NULL)
                refuse("which guest? usage: coracle logs [-f] NAME; `coracle ps` lists them");
        struct store store;
        struct instance instance;
        store_open(&store);
        instance_find(&store, words[0], &instance);
        struct reader reader = {instance.directory, -1};
        start(&reader);
        if (goes_on && instance.is_running)
                follow(&reader, &instance);
        close(reader.file);
        instance_close(&instance);
        store_close(&store);
        return 0;
}
