/* Attends a guest in the background; see supervisor.h. */
#include "supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../message.h"
#include "../run/boot.h"
#include "../traffic/link_counters.h"
#include "../traffic/traffic.h"
#include "clients.h"
#include "control.h"
#include "log.h"
#include "monitor.h"
#include "state.h"

struct supervisor {
        const struct supervision *plan;
        json_t *state;
        struct log log;
        struct clients clients;
        struct monitor monitor;
        struct traffic traffic;
        struct guest *guest; /* while it is served */
        bool is_ready;       /* and has been told */
        bool was_asked_to_stop;
        double end_by; /* when it is ended if it has not by then; 0: not asked to */
};

static void tell_ready(struct supervisor *supervisor)
{
        if (supervisor->is_ready)
                return;
        supervisor->is_ready = true;
        log_take_stderr(&supervisor->log);
        (void)send(supervisor->plan->ready, "", 1, MSG_NOSIGNAL);
        close(supervisor->plan->ready);
}

static void write_state(struct supervisor *supervisor)
{
        if (!state_write(supervisor->plan->directory, supervisor->state))
                complain("cannot write down the guest's state: %s", strerror(errno));
}

/* ---- Stopping ---- */

/* Presses the button, or ends the guest where there is none; returns which. */
static bool stop(struct supervisor *supervisor, unsigned grace)
{
        const bool is_asked = qemu_has_button(supervisor->plan->options) && supervisor->monitor.is_up && grace != 0;
        const double end_by = guest_now_ms() + grace * 1e3;
        supervisor->was_asked_to_stop = true;
        if (is_asked)
                monitor_press_button(&supervisor->monitor);
        if (supervisor->end_by == 0 || end_by < supervisor->end_by)
                supervisor->end_by = is_asked ? end_by : guest_now_ms();
        return is_asked;
}

/* ---- Requests ---- */

static void answer_counts(struct supervisor *supervisor)
{
        struct text answer = {0};
        uint64_t bytes[TRAFFIC_DIRECTIONS];
        if (supervisor->monitor.unanswered != 0)
                return;
        for (size_t i = 0; i < CLIENTS_MAX; i++) {
                struct client *client = &supervisor->clients.places[i];
                if (client->wants_counts && answer.length == 0) {
                        text_add(&answer, "%d", guest_process(supervisor->guest));
                        if (traffic_read(&supervisor->traffic, &supervisor->monitor, bytes))
                                text_add(&answer, " %u %llu %llu", supervisor->traffic.watch,
                                         (unsigned long long)bytes[TRAFFIC_IN], (unsigned long long)bytes[TRAFFIC_OUT]);
                }
                if (client->wants_counts)
                        client_send(client, answer.bytes, answer.length);
                client->wants_counts = false;
        }
        text_free(&answer);
}

static void take_packet(void *context, struct client *client, const char *packet, size_t length)
{
        struct supervisor *supervisor = context;
        switch (packet[0]) {
        case CONTROL_ATTACH:
                client->is_attached = true;
                break;
        case CONTROL_INPUT:
                guest_type(supervisor->guest, packet + 1, length - 1);
                break;
        case CONTROL_INPUT_END:
                guest_end_input(supervisor->guest);
                break;
        case CONTROL_STOP: {
                const bool is_asked = stop(supervisor, (unsigned)strtoul(packet + 1, NULL, 10));
                client_send(client, (const char[]){CONTROL_BUTTON, is_asked ? '1' : '0'}, 2);
                break;
        }
        case CONTROL_COUNT:
                client->wants_counts = true;
                traffic_watch(&supervisor->traffic, &supervisor->monitor, guest_now_ms());
                break;
        default:
                break;
        }
}

/* ---- The guest's loop ---- */

static size_t prepare_to_wait(void *context, const struct guest *guest, struct pollfd *polled, double *wake)
{
        const struct supervisor *supervisor = context;
        if (supervisor->end_by != 0 && supervisor->end_by < *wake)
                *wake = supervisor->end_by;
        if (supervisor->traffic.watch_ends != 0 && supervisor->traffic.watch_ends < *wake)
                *wake = supervisor->traffic.watch_ends;
        polled[0] = (struct pollfd){supervisor->monitor.qmp.socket, POLLIN, 0};
        return 1 + clients_prepare(&supervisor->clients, guest_takes_input(guest), polled + 1);
}

static void serve(void *context, struct guest *guest, const struct pollfd *polled, size_t count)
{
        struct supervisor *supervisor = context;
        (void)count;
        supervisor->guest = guest;
        if (polled[0].revents != 0)
                monitor_serve(&supervisor->monitor);
        clients_serve(&supervisor->clients, polled + 1, take_packet, supervisor);
        answer_counts(supervisor);
        traffic_rest(&supervisor->traffic, &supervisor->monitor, guest_now_ms());
        if (supervisor->monitor.is_up)
                tell_ready(supervisor);
        if (supervisor->end_by != 0 && guest_now_ms() >= supervisor->end_by) {
                supervisor->end_by = 0;
                guest_end(guest, SIGTERM);
        }
}

static void take_output(void *context, const char *bytes, size_t length)
{
        struct supervisor *supervisor = context;
        tell_ready(supervisor);
        log_write(&supervisor->log, bytes, length);
        clients_output(&supervisor->clients, bytes, length);
}

static bool take_signal(void *context, int signal)
{
        struct supervisor *supervisor = context;
        (void)signal;
        if (supervisor->was_asked_to_stop)
                return false;
        stop(supervisor, STOP_GRACE);
        return true;
}

static void take_message(void *context, const char *line)
{
        (void)context;
        complain("%s", line);
}

static void join_lan(const struct lan_port *port, struct qemu_choice *choice, struct traffic *traffic)
{
        struct lan_end end;
        if (!lan_join(port, &end))
                refuse("cannot join the network %s: %s", port->lan.name, strerror(errno));
        choice->lan = end.descriptor;
        choice->lan_is_tap = end.is_tap;
        choice->lan_mac = port->mac;
        if (end.is_tap)
                traffic_add_tap(traffic, end.interface, end.counters);
        else
                traffic_add(traffic, QEMU_LAN);
}

static void begin(void *context, struct qemu_choice *choice)
{
        struct supervisor *supervisor = context;
        monitor_close(&supervisor->monitor);
        if (!monitor_open(&supervisor->monitor, &choice->qmp))
                refuse("cannot make a connection to QEMU: %s", strerror(errno));
        traffic_close(&supervisor->traffic);
        if (choice->network && supervisor->plan->options->net == NET_TAP)
                traffic_add_tap(&supervisor->traffic, supervisor->plan->options->tap, link_counters_open());
        else if (choice->network)
                traffic_add(&supervisor->traffic, QEMU_NETWORK);
        if (supervisor->plan->lan != NULL)
                join_lan(supervisor->plan->lan, choice, &supervisor->traffic);
        json_object_set_new(supervisor->state, "accelerator", json_string(choice->kvm ? "kvm" : "tcg"));
        write_state(supervisor);
}

/* ---- From the beginning to the end ---- */

static void note_end(struct supervisor *supervisor, const struct boot_end *end)
{
        const char *how = HOW_EXITED;
        if (supervisor->was_asked_to_stop)
                how = end->signal != 0 ? HOW_ENDED : HOW_STOPPED;
        else if (end->failed || end->signal != 0)
                how = HOW_FAILED;
        json_object_set_new(supervisor->state, "how", json_string(how));
        json_object_set_new(supervisor->state, "status", json_integer(end->status));
        json_object_set_new(supervisor->state, "ended", json_real(wall_clock()));
        write_state(supervisor);
}

int supervise(const struct supervision *supervision)
{
        static struct supervisor supervisor;
        supervisor = (struct supervisor){.plan = supervision, .monitor.qmp.socket = -1};
        supervisor.state = state_new(supervision->options, supervision->project);
        if (!log_open(&supervisor.log, supervision->directory) ||
            !clients_open(&supervisor.clients, supervision->directory))
                refuse("cannot make the files of a guest in the background: %s", strerror(errno));
        const struct boot_attendant attendant = {
                .guest = {&supervisor, prepare_to_wait, serve, take_output, take_signal},
                .begin = begin,
                .message = take_message,
        };
        const struct boot_end end = boot(supervision->options, &supervision->preparation->choice, &attendant);
        if (end.failed && !supervisor.is_ready)
                return end.status;
        note_end(&supervisor, &end);
        tell_ready(&supervisor);
        clients_close(&supervisor.clients);
        monitor_close(&supervisor.monitor);
        traffic_close(&supervisor.traffic);
        json_decref(supervisor.state);
        return 0;
}
