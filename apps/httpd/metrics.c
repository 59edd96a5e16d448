/* Metrics: see metrics.h. Names follow the Prometheus conventions: base units, `_total` for counters. */
#include "metrics.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <coracle/stats.h>

struct server_counters counters;

#define METRICS_BYTES 16384u
#define DEVICES_SHOWN 8u

struct output {
        char *start;
        size_t length;
};

static void __attribute__((format(printf, 2, 3))) put(struct output *output, const char *format, ...)
{
        va_list arguments;
        size_t room = METRICS_BYTES - output->length;

        va_start(arguments, format);
        int length = vsnprintf(output->start + output->length, room, format, arguments);
        va_end(arguments);
        if (length > 0 && (size_t)length < room)
                output->length += (size_t)length;
}

static void put_head(struct output *output, const char *name, const char *type, const char *help)
{
        put(output, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_one(struct output *output, const char *name, const char *type, const char *help, uint64_t value)
{
        put_head(output, name, type, help);
        put(output, "%s %llu\n", name, (unsigned long long)value);
}

static void put_guest(struct output *output)
{
        struct coracle_memory_stats memory;
        uint64_t uptime = coracle_uptime_ns();
        uint64_t stolen;

        coracle_memory_stats(&memory);
        put_head(output, "coracle_uptime_seconds", "gauge", "Time since the guest started.");
        put(output, "coracle_uptime_seconds %llu.%03llu\n", (unsigned long long)(uptime / 1000000000u),
            (unsigned long long)(uptime / 1000000u % 1000u));
        if (coracle_cpu_stolen_ns(&stolen) == 0) {
                put_head(output, "coracle_cpu_stolen_seconds_total", "counter",
                         "Time in which the guest had work to do and the hypervisor ran others.");
                put(output, "coracle_cpu_stolen_seconds_total %llu.%09llu\n",
                    (unsigned long long)(stolen / 1000000000u), (unsigned long long)(stolen % 1000000000u));
        }
        put_one(output, "coracle_memory_total_bytes", "gauge", "RAM that was free at start.", memory.total_bytes);
        put_one(output, "coracle_memory_free_bytes", "gauge", "RAM that is free now.", memory.free_bytes);
        put_one(output, "coracle_memory_heap_bytes", "gauge", "RAM handed to malloc.", memory.heap_bytes);
        put_one(output, "coracle_threads", "gauge", "Threads that exist.", coracle_thread_count());
}

static void put_device_series(struct output *output, const char *name, const char *help, size_t offset)
{
        struct coracle_netdev_stats device;

        put_head(output, name, "counter", help);
        for (unsigned i = 0; i < DEVICES_SHOWN && coracle_netdev_stats(i, &device) == 0; i++) {
                const uint64_t *value = (const void *)((const char *)&device + offset);
                put(output, "%s{device=\"%s\",driver=\"%s\"} %llu\n", name, device.name, device.driver,
                    (unsigned long long)*value);
        }
}

static void put_network(struct output *output)
{
        static const struct {
                const char *name, *help;
                size_t offset;
        } series[] = {
                {"coracle_net_receive_packets_total", "Packets received.",
                 offsetof(struct coracle_netdev_stats, rx_packets)},
                {"coracle_net_receive_bytes_total", "Bytes received.", offsetof(struct coracle_netdev_stats, rx_bytes)},
                {"coracle_net_receive_drop_total", "Packets dropped on receive.",
                 offsetof(struct coracle_netdev_stats, rx_dropped)},
                {"coracle_net_receive_errs_total", "Malformed receives.",
                 offsetof(struct coracle_netdev_stats, rx_errors)},
                {"coracle_net_transmit_packets_total", "Packets sent.",
                 offsetof(struct coracle_netdev_stats, tx_packets)},
                {"coracle_net_transmit_bytes_total", "Bytes sent.", offsetof(struct coracle_netdev_stats, tx_bytes)},
                {"coracle_net_transmit_drop_total", "Packets dropped on transmit.",
                 offsetof(struct coracle_netdev_stats, tx_dropped)},
                {"coracle_net_transmit_errs_total", "Failed transmits.",
                 offsetof(struct coracle_netdev_stats, tx_errors)},
        };

        for (size_t i = 0; i < sizeof series / sizeof series[0]; i++)
                put_device_series(output, series[i].name, series[i].help, series[i].offset);

        unsigned states[CORACLE_TCP_STATES] = {0};
        coracle_tcp_stats(states);
        put_head(output, "coracle_tcp_connections", "gauge", "TCP connections by state.");
        for (unsigned i = 0; i < CORACLE_TCP_STATES; i++)
                put(output, "coracle_tcp_connections{state=\"%s\"} %u\n",
                    coracle_tcp_state_name((enum coracle_tcp_state)i), states[i]);
}

static void put_server(struct output *output)
{
        put_one(output, "httpd_connections_open", "gauge", "Connections open now.", counters.connections_open);
        put_one(output, "httpd_connections_accepted_total", "counter", "Connections accepted.",
                counters.connections_accepted);
        put_one(output, "httpd_connections_refused_total", "counter", "Connections refused for want of room.",
                counters.connections_refused);
        put_one(output, "httpd_connections_timed_out_total", "counter", "Connections ended by a time-out.",
                counters.connections_timed_out);
        put_one(output, "httpd_sent_bytes_total", "counter", "Bytes of responses handed to TCP.", counters.bytes_sent);
        put_head(output, "httpd_responses_total", "counter", "Responses by class of status.");
        for (unsigned i = 2; i < sizeof counters.responses / sizeof counters.responses[0]; i++)
                put(output, "httpd_responses_total{class=\"%uxx\"} %llu\n", i,
                    (unsigned long long)counters.responses[i]);
}

char *metrics_text(size_t *bytes)
{
        struct output output = {malloc(METRICS_BYTES), 0};
        if (output.start == NULL)
                return NULL;
        put_guest(&output);
        put_network(&output);
        put_server(&output);
        *bytes = output.length;
        return output.start;
}
