/* Adds up what the kernel and QEMU have counted; see traffic.h. */
#include "traffic.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "link_counters.h"

#define WATCH_MS 5000.0 /* after the last question; `coracle top` asks once a second */

/* QEMU names its queues from the network's side: `tx` is what it hands to the guest. */
static const char *const queues[TRAFFIC_DIRECTIONS] = {[TRAFFIC_IN] = "tx", [TRAFFIC_OUT] = "rx"};

static struct traffic_port *add_port(struct traffic *traffic)
{
        struct traffic_port *port = &traffic->ports[traffic->count++];
        *port = (struct traffic_port){.counters = -1, .logs = {{.file = -1}, {.file = -1}}};
        return port;
}

void traffic_add_tap(struct traffic *traffic, const char *interface, int counters)
{
        struct traffic_port *port = add_port(traffic);
        snprintf(port->interface, sizeof(port->interface), "%s", interface);
        port->counters = counters;
}

void traffic_add(struct traffic *traffic, const char *netdev)
{
        struct traffic_port *port = add_port(traffic);
        if (frame_log_open(&port->logs[TRAFFIC_IN]) && frame_log_open(&port->logs[TRAFFIC_OUT]))
                port->netdev = netdev;
}

void traffic_close(struct traffic *traffic)
{
        for (unsigned i = 0; i < traffic->count; i++) {
                struct traffic_port *port = &traffic->ports[i];
                if (port->counters >= 0)
                        close(port->counters);
                for (unsigned direction = 0; direction < TRAFFIC_DIRECTIONS; direction++)
                        frame_log_close(&port->logs[direction]);
        }
        *traffic = (struct traffic){.watch = traffic->watch};
}

/* ---- What QEMU writes ---- */

static void begin(struct traffic_port *port, struct monitor *monitor)
{
        for (unsigned direction = 0; direction < TRAFFIC_DIRECTIONS; direction++) {
                char file[64];
                frame_log_begin(&port->logs[direction]);
                snprintf(file, sizeof(file), "/proc/%d/fd/%d", (int)getpid(), port->logs[direction].file);
                monitor_add_filter(monitor, port->netdev, queues[direction], file, FRAME_LOG_KEPT);
        }
}

static void end(struct traffic_port *port, struct monitor *monitor)
{
        for (unsigned direction = 0; direction < TRAFFIC_DIRECTIONS; direction++) {
                monitor_remove_filter(monitor, port->netdev, queues[direction]);
                frame_log_read(&port->logs[direction]);
        }
}

static void for_each_written(struct traffic *traffic, struct monitor *monitor,
                             void (*what)(struct traffic_port *port, struct monitor *monitor))
{
        for (unsigned i = 0; i < traffic->count; i++) {
                if (traffic->ports[i].netdev != NULL)
                        what(&traffic->ports[i], monitor);
        }
}

void traffic_watch(struct traffic *traffic, struct monitor *monitor, double now_ms)
{
        if (!monitor->is_up)
                return;
        if (traffic->watch_ends == 0) {
                traffic->watch++;
                for_each_written(traffic, monitor, begin);
        }
        traffic->watch_ends = now_ms + WATCH_MS;
}

void traffic_rest(struct traffic *traffic, struct monitor *monitor, double now_ms)
{
        if (traffic->watch_ends == 0 || now_ms < traffic->watch_ends)
                return;
        for_each_written(traffic, monitor, end);
        traffic->watch_ends = 0;
}

/* ---- What somebody is told ---- */

static bool read_port(struct traffic_port *port, uint64_t bytes[TRAFFIC_DIRECTIONS])
{
        uint64_t counted[TRAFFIC_DIRECTIONS] = {0};
        if (port->counters >= 0) {
                /* What the tap receives is what the guest sends. */
                if (!link_counters_read(port->counters, port->interface, &counted[TRAFFIC_OUT], &counted[TRAFFIC_IN]))
                        return false;
        } else if (port->netdev == NULL) {
                return false;
        }
        for (unsigned direction = 0; direction < TRAFFIC_DIRECTIONS; direction++) {
                struct frame_log *log = &port->logs[direction];
                if (log->file >= 0)
                        frame_log_read(log);
                if (log->is_broken)
                        return false;
                bytes[direction] += counted[direction] + log->bytes;
        }
        return true;
}

bool traffic_read(struct traffic *traffic, const struct monitor *monitor, uint64_t bytes[TRAFFIC_DIRECTIONS])
{
        bool is_known = traffic->count != 0 && traffic->watch_ends != 0 && !monitor->is_refused;
        memset(bytes, 0, TRAFFIC_DIRECTIONS * sizeof(bytes[0]));
        for (unsigned i = 0; i < traffic->count; i++)
                is_known &= read_port(&traffic->ports[i], bytes);
        return is_known;
}
