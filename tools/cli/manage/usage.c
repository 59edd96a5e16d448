/* Asks supervisors and /proc; see usage.h. */
#include "usage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../instances/control.h"
#include "select.h"

#define ANSWER_MS 1000 /* for a supervisor to answer in */

static double now_s(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool read_line(int process, const char *file, char *line, size_t room)
{
        char path[64];
        snprintf(path, sizeof(path), "/proc/%d/%s", process, file);
        const int opened = open(path, O_RDONLY | O_CLOEXEC);
        const ssize_t count = opened >= 0 ? read(opened, line, room - 1) : -1;
        if (opened >= 0)
                close(opened);
        line[count > 0 ? count : 0] = '\0';
        return count > 0;
}

/* proc(5): fields 14 and 15 of stat are user and system time in clock ticks, field 2 of statm is resident pages. */
static void look_at_process(struct usage *usage)
{
        char line[1024];
        unsigned long long user = 0, system = 0, resident = 0;
        if (read_line(usage->process, "stat", line, sizeof(line))) {
                const char *rest = strrchr(line, ')');
                if (rest != NULL)
                        (void)sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &system);
        }
        if (read_line(usage->process, "statm", line, sizeof(line)))
                (void)sscanf(line, "%*u %llu", &resident);
        usage->cpu_s = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
        usage->resident_kib = resident * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

/* Sends the question; returns the connection, or -1. */
static int ask(const struct instance *instance)
{
        const int connection = control_connect(instance->directory);
        if (connection >= 0)
                (void)send(connection, (const char[]){CONTROL_COUNT}, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        return connection;
}

static void take_answer(int connection, struct usage *usage)
{
        char packet[128];
        struct pollfd polled = {connection, POLLIN, 0};
        if (connection < 0 || poll(&polled, 1, ANSWER_MS) != 1)
                return;
        const ssize_t count = recv(connection, packet, sizeof(packet) - 1, MSG_DONTWAIT);
        if (count <= 0)
                return;
        packet[count] = '\0';
        unsigned long long in, out;
        const int got = sscanf(packet, "%d %u %llu %llu", &usage->process, &usage->watch, &in, &out);
        usage->has_bytes = got == 4;
        if (usage->has_bytes) {
                usage->bytes[0] = in;
                usage->bytes[1] = out;
        }
        if (got >= 1)
                look_at_process(usage);
}

void usages_take(struct usages *usages, const struct store *store, const struct list *names)
{
        int *connections = calloc(names->count + 1, sizeof(connections[0]));
        *usages = (struct usages){.items = calloc(names->count + 1, sizeof(usages->items[0])), .at = now_s()};
        if (connections == NULL || usages->items == NULL)
                abort();
        for (size_t i = 0; i < names->count; i++) {
                struct instance instance;
                if (instance_look(store, names->items[i], &instance) && instance.is_running) {
                        struct usage *usage = &usages->items[usages->count];
                        snprintf(usage->name, sizeof(usage->name), "%s", names->items[i]);
                        usage->started = instance.state.started;
                        connections[usages->count++] = ask(&instance);
                }
                instance_close(&instance);
        }
        for (size_t i = 0; i < usages->count; i++) {
                take_answer(connections[i], &usages->items[i]);
                if (connections[i] >= 0)
                        close(connections[i]);
        }
        free(connections);
}

void usages_free(struct usages *usages)
{
        free(usages->items);
        *usages = (struct usages){0};
}

const struct usage *usages_find(const struct usages *usages, const struct usage *usage)
{
        for (size_t i = 0; i < usages->count; i++) {
                const struct usage *other = &usages->items[i];
                if (other->process == usage->process && strcmp(other->name, usage->name) == 0)
                        return other;
        }
        return NULL;
}
