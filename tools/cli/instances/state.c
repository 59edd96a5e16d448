/* The JSON record of an instance; see state.h. */
#include "state.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

#include "../message.h"
#include "../run/qemu.h"

#define STATE_MAX 65536u /* bytes; most of it is the image's path and the published ports */

double wall_clock(void)
{
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

uint64_t process_start_time(pid_t id)
{
        char path[64], line[1024];
        snprintf(path, sizeof(path), "/proc/%d/stat", id);
        const int file = open(path, O_RDONLY | O_CLOEXEC);
        const ssize_t count = file >= 0 ? read(file, line, sizeof(line) - 1) : -1;
        if (file >= 0)
                close(file);
        if (count <= 0)
                return 0;
        line[count] = '\0';
        /* proc(5): field 22; the second, in parentheses, may hold blanks. */
        const char *p = strrchr(line, ')');
        for (int field = 2; p != NULL && field < 22; field++)
                p = strchr(p + 1, ' ');
        return p != NULL ? strtoull(p + 1, NULL, 10) : 0;
}

/* ---- Writing ---- */

static void add_forward(struct text *text, const struct forward *forward)
{
        char address[INET_ADDRSTRLEN];
        text_add(text, "%s%s", text->length != 0 ? "," : "", forward->udp ? "udp:" : "");
        if (forward->address.s_addr != htonl(INADDR_LOOPBACK))
                text_add(text, "%s:", inet_ntop(AF_INET, &forward->address, address, sizeof(address)));
        text_add(text, "%u:%u", forward->host, forward->guest);
}

json_t *state_new(const struct run_options *options, const char *project)
{
        struct text published = {0}, network = {0};
        for (size_t i = 0; i < options->forward_count; i++)
                add_forward(&published, &options->forwards[i]);
        text_add(&network, "%s%s",
                 options->net == NET_TAP    ? "tap="
                 : options->net == NET_NONE ? "none"
                                            : "user",
                 options->net == NET_TAP ? options->tap : "");
        json_t *state =
                json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:f}", "image", options->image, "machine",
                          qemu_machine_name(options), "network", network.bytes, "published",
                          published.length != 0 ? published.bytes : "", "project", project, "memory_kib",
                          (json_int_t)options->memory_kib, "supervisor", (json_int_t)getpid(), "supervisor_start",
                          (json_int_t)process_start_time(getpid()), "started", wall_clock());
        if (state == NULL)
                refuse("%s: its name is not UTF-8, which guests in the background need", options->image);
        text_free(&published);
        text_free(&network);
        return state;
}

static bool write_whole(int file, const char *bytes, size_t length)
{
        while (length != 0) {
                const ssize_t count = write(file, bytes, length);
                if (count < 0 && errno != EINTR)
                        return false;
                if (count > 0) {
                        bytes += count;
                        length -= (size_t)count;
                }
        }
        return true;
}

bool state_write(int directory, const json_t *state)
{
        char *text = json_dumps(state, JSON_INDENT(1));
        const int file = openat(directory, "state.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        const bool is_written = text != NULL && file >= 0 && write_whole(file, text, strlen(text));
        const int error = errno;
        if (file >= 0)
                close(file);
        free(text);
        errno = error;
        return is_written && renameat(directory, "state.new", directory, "state") == 0;
}

/* ---- Reading ---- */

bool state_read(int directory, struct state *state)
{
        *state = (struct state){.image = "?",
                                .accelerator = "",
                                .machine = "",
                                .network = "",
                                .project = "",
                                .published = "",
                                .how = ""};
        const int file = openat(directory, "state", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (file < 0)
                return false;
        char bytes[STATE_MAX];
        const ssize_t count = read(file, bytes, sizeof(bytes));
        close(file);
        state->json = count > 0 ? json_loadb(bytes, (size_t)count, 0, NULL) : NULL;
        return state->json != NULL &&
               json_unpack(state->json, "{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:F, s?s, s?F, s?I, s?s}", "image",
                           &state->image, "machine", &state->machine, "network", &state->network, "published",
                           &state->published, "project", &state->project, "memory_kib", &state->memory_kib,
                           "supervisor", &state->supervisor, "supervisor_start", &state->supervisor_start, "started",
                           &state->started, "accelerator", &state->accelerator, "ended", &state->ended, "status",
                           &state->status, "how", &state->how) == 0;
}

void state_free(struct state *state)
{
        json_decref(state->json);
        state->json = NULL;
}

int state_supervisor(const struct state *state)
{
        const pid_t id = (pid_t)state->supervisor;
        const int process = id > 0 ? pidfd_open(id, 0) : -1;
        if (process < 0)
                return -1;
        fcntl(process, F_SETFD, FD_CLOEXEC);
        if (process_start_time(id) == (uint64_t)state->supervisor_start)
                return process;
        close(process);
        return -1;
}

static void add_duration(struct text *text, double seconds)
{
        static const struct {
                double unit;
                const char *name;
        } units[] = {{86400, "days"}, {3600, "h"}, {60, "min"}, {1, "s"}};
        size_t i = 0;
        while (i < 3 && seconds < 2 * units[i].unit)
                i++;
        const double count = seconds / units[i].unit;
        text_add(text, "%lld %s", count > 0 ? (long long)count : 0, units[i].name);
}

void state_describe(const struct state *state, bool is_running, struct text *text)
{
        const double now = wall_clock();
        if (is_running) {
                text_add(text, "up ");
                add_duration(text, now - state->started);
        } else if (state->how[0] == '\0') {
                text_add(text, "killed");
        } else {
                text_add(text, "%s %lld, ", state->how, (long long)state->status);
                add_duration(text, now - state->ended);
                text_add(text, " ago");
        }
}
