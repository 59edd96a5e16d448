/* Asks supervisors to end their guests, and ends the supervisors that do not answer; see stopping.h. */
#include "stopping.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../instances/control.h"
#include "../message.h"
#include "select.h"

#define BATCH      256u /* descriptors that are open at a time, in threes, stay below the usual limit of 1,024 */
#define PATIENCE_S 5.0  /* beyond the grace, for a supervisor that is slow */

#define LOOK_AGAIN_MS 20

struct stopped {
        struct instance instance;
        int connection; /* -1: the supervisor does not answer, or has ended */
        int process;    /* a pidfd of the supervisor, or -1 */
        bool had_button;
};

static double now_s(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void close_supervisor(struct stopped *guest)
{
        if (guest->connection >= 0)
                close(guest->connection);
        if (guest->process >= 0)
                close(guest->process);
        guest->connection = guest->process = -1;
}

/*
 * A supervisor that has only just been started, or is just being ended by something else, has a lock and nothing more:
 * looks again and again for a while. Returns whether it still runs.
 */
static bool find_supervisor(struct stopped *guest)
{
        const double until = now_s() + PATIENCE_S;
        while (instance_is_running(guest->instance.directory)) {
                guest->connection = control_connect(guest->instance.directory);
                state_free(&guest->instance.state);
                (void)state_read(guest->instance.directory, &guest->instance.state);
                guest->process = state_supervisor(&guest->instance.state);
                if ((guest->connection >= 0 && guest->process >= 0) || now_s() > until)
                        return true;
                close_supervisor(guest);
                poll(NULL, 0, LOOK_AGAIN_MS);
        }
        return false;
}

static void ask(struct stopped *guest, unsigned grace)
{
        char packet[16];
        const int length = snprintf(packet, sizeof(packet), "%c%u", CONTROL_STOP, grace);
        if (!find_supervisor(guest))
                return;
        if (guest->connection >= 0)
                (void)send(guest->connection, packet, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void take_answer(struct stopped *guest)
{
        char packet[16];
        const ssize_t count = recv(guest->connection, packet, sizeof(packet), MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (count >= 2 && packet[0] == CONTROL_BUTTON) {
                guest->had_button = packet[1] == '1';
                return;
        }
        close(guest->connection);
        guest->connection = -1;
}

/* Waits until all supervisors have ended, which is when their processes have. */
static void wait_for_all(struct stopped *guests, size_t count, double until)
{
        struct pollfd polled[2 * BATCH];
        for (;;) {
                bool is_one_left = false;
                for (size_t i = 0; i < count; i++) {
                        polled[2 * i] = (struct pollfd){guests[i].connection, POLLIN, 0};
                        polled[2 * i + 1] = (struct pollfd){guests[i].process, POLLIN, 0};
                        is_one_left |= guests[i].process >= 0;
                }
                const double left = until - now_s();
                if (!is_one_left || left <= 0)
                        return;
                if (poll(polled, 2 * count, (int)(left * 1e3) + 1) < 0 && errno != EINTR)
                        return;
                for (size_t i = 0; i < count; i++) {
                        if (polled[2 * i].revents != 0)
                                take_answer(&guests[i]);
                        if (polled[2 * i + 1].revents != 0) {
                                close(guests[i].process);
                                guests[i].process = -1;
                        }
                }
        }
}

/* Its supervisor hangs: QEMU ends with it. */
static void kill_supervisor(struct stopped *guest)
{
        complain("%s: its supervisor does not answer; it is killed", guest->instance.name);
        pidfd_send_signal(guest->process, SIGKILL, NULL, 0);
}

/* What was ended the hard way. Machines without a button are told of together. */
struct report {
        unsigned grace;
        bool quiet;
        size_t buttonless;
        char name[INSTANCE_NAME_MAX + 1]; /* of one of them */
};

static void note(const struct stopped *guest, struct report *report)
{
        struct state state;
        if (state_read(guest->instance.directory, &state) && strcmp(state.how, HOW_ENDED) == 0) {
                if (guest->had_button && !report->quiet)
                        complain("%s did not end within %u s of its power button; it was ended", guest->instance.name,
                                 report->grace);
                else if (!guest->had_button && report->buttonless++ == 0)
                        snprintf(report->name, sizeof(report->name), "%s", guest->instance.name);
        }
        state_free(&state);
}

static void tell(const struct report *report)
{
        if (report->buttonless == 0 || report->quiet || report->grace == 0)
                return;
        if (report->buttonless == 1)
                complain("%s was ended at once: its machine has no power button", report->name);
        else
                complain("%zu guests were ended at once: their machines have no power button", report->buttonless);
}

/* What a supervisor had just forked when it was killed has its lock for a moment more. */
static bool wait_for_lock(const struct stopped *guest)
{
        const double until = now_s() + PATIENCE_S;
        while (instance_is_running(guest->instance.directory)) {
                if (now_s() > until)
                        return false;
                poll(NULL, 0, LOOK_AGAIN_MS);
        }
        return true;
}

static bool finish(struct stopped *guest, struct report *report)
{
        const bool has_ended = wait_for_lock(guest);
        if (!has_ended)
                complain("%s could not be ended", guest->instance.name);
        else
                note(guest, report);
        close_supervisor(guest);
        instance_close(&guest->instance);
        return has_ended;
}

static bool stop_batch(const struct store *store, char *const names[], size_t count, struct report *report)
{
        static struct stopped guests[BATCH];
        size_t running = 0;
        bool is_good = true;
        for (size_t i = 0; i < count; i++) {
                struct stopped *guest = &guests[running];
                *guest = (struct stopped){.connection = -1, .process = -1};
                if (instance_look(store, names[i], &guest->instance) && guest->instance.is_running) {
                        ask(guest, report->grace);
                        running++;
                } else {
                        instance_close(&guest->instance);
                }
        }
        wait_for_all(guests, running, now_s() + report->grace + PATIENCE_S);
        for (size_t i = 0; i < running; i++) {
                if (guests[i].process >= 0)
                        kill_supervisor(&guests[i]);
        }
        wait_for_all(guests, running, now_s() + PATIENCE_S);
        for (size_t i = 0; i < running; i++)
                is_good &= finish(&guests[i], report);
        return is_good;
}

bool stop_guests(const struct store *store, const struct list *names, unsigned grace, bool quiet)
{
        struct report report = {.grace = grace, .quiet = quiet};
        bool is_good = true;
        for (size_t done = 0; done < names->count; done += BATCH) {
                const size_t left = names->count - done;
                is_good &= stop_batch(store, names->items + done, left < BATCH ? left : BATCH, &report);
        }
        tell(&report);
        return is_good;
}
