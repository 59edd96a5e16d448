/*
 * The life of a guest: one loop that waits for QEMU's output and messages, our input and signals, and moves bytes.
 *
 * Nothing here blocks but poll: our output gets at most PIPE_BUF bytes at a time, and only when it takes them, so that
 * Ctrl-C works while a pager holds our output. An attendant takes the place of our input and output.
 */
#include "guest.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "crash.h"
#include "process.h"
#include "terminal.h"

#define OUTPUT_ROOM   65536u
#define INPUT_ROOM    4096u
#define REPLAY_MAX    65536u
#define MESSAGE_MAX   8192u
#define HOLD_MS       50.0   /* a line that looks like a crash report's and does not go on is shown after this */
#define GATHER_BYTES  64     /* a guest that writes less at a time writes byte by byte: ... */
#define GATHER_MS     2.0    /* ... its output is looked at so often; a wake-up for each byte slows the guest down */
#define UP_MS         1000.0 /* a guest that says nothing for so long is taken to be up */
#define END_MS        2000.0 /* QEMU is killed when it has not ended so long after it was asked to */
#define INPUT_MS      40.0   /* input before a guest can read it only keeps QEMU and the guest's start busy */
#define BACKGROUND_MS 500.0  /* between tries to read the terminal while it belongs to another job */

/*
 * The console's input is escaped (coracle.input=escaped, libos/posix/console/input.c), so that it can end. It begins
 * with padding for a serial port to drop when the guest switches its FIFO on: twice the FIFO's 16 bytes.
 */
#define ESCAPE       0x10
#define END_OF_FILE  0x04
#define END_OF_INPUT 0x19
#define PADDING      "\x16\x16\x16\x16\x16\x16\x16\x16\x16\x16\x16\x16\x16\x16\x16\x16"
static const char preamble[] = {PADDING PADDING "\x10\x02"};

enum { POLL_SIGNALS, POLL_OUTPUT, POLL_MESSAGES, POLL_INPUT, POLL_OUR_INPUT, POLL_OUR_OUTPUT, POLL_ATTENDED };

#define POLL_MAX (POLL_ATTENDED + GUEST_ATTENDED)

struct guest {
        const struct guest_plan *plan;
        struct guest_result *result;
        struct process qemu;
        struct terminal terminal;
        struct crash_filter filter;
        struct text out;      /* to our output */
        struct text in;       /* escaped, to the guest */
        struct text sent;     /* what the guest was given, while another try is possible */
        size_t messages_told; /* how much of result->message went to the hook */
        bool input_ended, our_output_closed, output_ended, messages_ended;
        bool line_seen, up_told, is_terminal;
        double start, first_output, held_since, end_by, input_again, gather_until, feed_from;
};

double guest_now_ms(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* ---- Input ---- */

static void end_input(struct guest *session, bool for_good)
{
        text_add_bytes(&session->in, (const char[]){ESCAPE, for_good ? END_OF_INPUT : END_OF_FILE}, 2);
        session->input_ended = for_good;
}

static void type(struct guest *session, const char *bytes, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                if (bytes[i] == ESCAPE)
                        text_add_bytes(&session->in, &bytes[i], 1);
                text_add_bytes(&session->in, &bytes[i], 1);
        }
}

static void read_input(struct guest *session, bool hung_up)
{
        char bytes[INPUT_ROOM / 2];
        const ssize_t count = read(STDIN_FILENO, bytes, sizeof(bytes));
        if (count < 0 && errno == EIO && session->is_terminal) {
                session->input_again = guest_now_ms() + BACKGROUND_MS;
                return;
        }
        if (count <= 0) {
                /* A terminal's Ctrl-D ends one read, not the terminal. */
                if (count == 0 || (errno != EINTR && errno != EAGAIN))
                        end_input(session, !session->is_terminal || hung_up || count < 0);
                return;
        }
        type(session, bytes, (size_t)count);
}

static void feed_guest(struct guest *session)
{
        ssize_t count = write(session->qemu.input, session->in.bytes, session->in.length);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (count < 0) { /* QEMU has ended; the next one may want it all */
                session->input_ended = true;
                count = (ssize_t)session->in.length;
        }
        if (session->plan->may_try_again && !session->result->any_output)
                text_add_bytes(&session->sent, session->in.bytes, (size_t)count);
        text_consume(&session->in, (size_t)count);
}

/* ---- Output ---- */

static void read_output(struct guest *session)
{
        char bytes[OUTPUT_ROOM];
        const ssize_t count = read(session->qemu.output, bytes, sizeof(bytes));
        if (count < 0 && (errno == EINTR || errno == EAGAIN))
                return;
        if (count <= 0) {
                session->output_ended = true;
                crash_filter_flush(&session->filter, &session->out);
                return;
        }
        if (!session->result->any_output) {
                session->first_output = guest_now_ms();
                session->feed_from = session->first_output + GATHER_MS; /* many have ended by then */
        }
        session->result->any_output = true;
        session->sent.length = 0;
        session->line_seen |= memchr(bytes, '\n', (size_t)count) != NULL;
        crash_filter(&session->filter, bytes, (size_t)count, &session->out);
        session->held_since = guest_now_ms();
        if (count < GATHER_BYTES)
                session->gather_until = session->held_since + GATHER_MS;
}

static void write_output(struct guest *session)
{
        const struct guest_attendant *attendant = session->plan->attendant;
        if (attendant != NULL) {
                attendant->output(attendant->context, session->out.bytes, session->out.length);
                session->out.length = 0;
                return;
        }
        const size_t most = session->out.length < PIPE_BUF ? session->out.length : PIPE_BUF;
        const ssize_t count = write(STDOUT_FILENO, session->out.bytes, most);
        if (count >= 0) {
                text_consume(&session->out, (size_t)count);
        } else if (errno != EINTR && errno != EAGAIN) {
                session->our_output_closed = true;
                session->out.length = 0;
        }
}

/* ---- QEMU's messages ---- */

static bool says(const struct text *message, const char *what)
{
        return message->length != 0 && strstr(message->bytes, what) != NULL;
}

static void tell_messages(struct guest *session, bool all)
{
        struct text *message = &session->result->message;
        while (session->messages_told < message->length) {
                char *line = message->bytes + session->messages_told;
                char *newline = strchr(line, '\n');
                if (newline == NULL && !all)
                        return;
                const size_t length = newline != NULL ? (size_t)(newline - line) : strlen(line);
                char *copy = strndup(line, length);
                if (copy != NULL && length != 0)
                        session->plan->hooks.message(session->plan->hooks.context, copy);
                free(copy);
                session->messages_told += length + (newline != NULL);
        }
}

static void read_messages(struct guest *session)
{
        char bytes[4096];
        struct text *message = &session->result->message;
        const ssize_t count = read(session->qemu.messages, bytes, sizeof(bytes));
        if (count < 0 && errno == EINTR)
                return;
        if (count <= 0) {
                session->messages_ended = true;
                return;
        }
        if (message->length + (size_t)count <= MESSAGE_MAX)
                text_add_bytes(message, bytes, (size_t)count);
        /* QEMU keeps such a guest, stopped, for somebody to look at. */
        if (says(message, "KVM internal error") || says(message, "kvm run failed")) {
                session->result->cannot_run = true;
                kill(session->qemu.id, SIGKILL);
        }
}

/* ---- The end ---- */

static void end_guest(struct guest *session, int signal)
{
        const bool is_second = session->result->signal != 0;
        if (!is_second)
                session->result->signal = signal;
        kill(session->qemu.id, is_second ? SIGKILL : SIGTERM);
        if (session->end_by == 0)
                session->end_by = guest_now_ms() + END_MS;
        if (session->output_ended || is_second)
                session->out.length = 0;
}

static void take_signals(struct guest *session)
{
        const struct guest_attendant *attendant = session->plan->attendant;
        int signal;
        while ((signal = terminal_signal(&session->terminal)) != 0) {
                if (attendant == NULL || !attendant->signal(attendant->context, signal))
                        end_guest(session, signal);
        }
}

static bool is_over(const struct guest *session)
{
        return session->output_ended && session->messages_ended && session->out.length == 0;
}

/* What is to be done by the clock; returns when to do that again. */
static double do_what_is_due(struct guest *session)
{
        const double now = guest_now_ms();
        double next = now + 3600e3;
        const struct guest_hooks *hooks = &session->plan->hooks;
        if (session->filter.held.length != 0) {
                if (now >= session->held_since + HOLD_MS)
                        crash_filter_flush(&session->filter, &session->out);
                else
                        next = session->held_since + HOLD_MS;
        }
        if (session->end_by != 0) {
                if (now >= session->end_by)
                        kill(session->qemu.id, SIGKILL);
                else if (session->end_by < next)
                        next = session->end_by;
        }
        const bool is_late = now >= session->start + UP_MS;
        if (!session->up_told && !session->output_ended) {
                if ((session->line_seen && session->out.length == 0) || is_late) {
                        session->up_told = true;
                        hooks->up(hooks->context,
                                  session->first_output != 0 ? session->first_output - session->start : -1.0);
                } else if (session->start + UP_MS < next) {
                        next = session->start + UP_MS;
                }
        }
        /* Before that, a failure to start has a better message than QEMU's lines as they come. */
        if ((session->result->any_output || is_late) && !session->result->cannot_run && session->result->signal == 0)
                tell_messages(session, false);
        if (session->input_again > now && session->input_again < next)
                next = session->input_again;
        if (session->gather_until > now && session->gather_until < next)
                next = session->gather_until;
        if (session->in.length != 0 && session->feed_from > now && session->feed_from < next)
                next = session->feed_from;
        return next;
}

static short when(bool condition, short events)
{
        return condition ? events : 0;
}

bool guest_takes_input(const struct guest *guest)
{
        return !guest->input_ended && guest->in.length < INPUT_ROOM && !guest->output_ended &&
               guest->sent.length < REPLAY_MAX;
}

static void prepare(struct guest *session, struct pollfd *polled)
{
        const bool alone = session->plan->attendant == NULL;
        const bool wants_input = alone && guest_takes_input(session) && session->input_again <= guest_now_ms();
        const bool has_room = session->out.length < OUTPUT_ROOM;
        const bool is_fed = session->feed_from <= guest_now_ms();
        /* QEMU's end is seen by its messages' end. */
        const bool is_gathering = !session->messages_ended && guest_now_ms() < session->gather_until;
        polled[POLL_SIGNALS] = (struct pollfd){.fd = session->terminal.signals, .events = POLLIN};
        polled[POLL_OUTPUT] = (struct pollfd){
                session->output_ended || !has_room || is_gathering ? -1 : session->qemu.output, POLLIN, 0};
        polled[POLL_MESSAGES] = (struct pollfd){session->messages_ended ? -1 : session->qemu.messages, POLLIN, 0};
        polled[POLL_INPUT] = (struct pollfd){
                is_fed && session->in.length != 0 && !session->output_ended ? session->qemu.input : -1, POLLOUT, 0};
        polled[POLL_OUR_INPUT] = (struct pollfd){wants_input ? STDIN_FILENO : -1, when(wants_input, POLLIN), 0};
        polled[POLL_OUR_OUTPUT] = (struct pollfd){alone && session->out.length != 0 ? STDOUT_FILENO : -1, POLLOUT, 0};
}

/* One wait and what follows from it. False: poll failed. */
static bool turn(struct guest *session)
{
        struct pollfd polled[POLL_MAX];
        const struct guest_attendant *attendant = session->plan->attendant;
        double wake = do_what_is_due(session);
        if (attendant != NULL && session->out.length != 0)
                write_output(session);
        prepare(session, polled);
        const size_t attended =
                attendant != NULL ? attendant->prepare(attendant->context, session, polled + POLL_ATTENDED, &wake) : 0;
        const double wait = wake - guest_now_ms();
        if (poll(polled, POLL_ATTENDED + attended, wait > 0 ? (int)wait + 1 : 0) < 0 && errno != EINTR)
                return false;
        if (polled[POLL_SIGNALS].revents != 0)
                take_signals(session);
        if (polled[POLL_MESSAGES].revents != 0)
                read_messages(session);
        if (polled[POLL_OUTPUT].revents != 0)
                read_output(session);
        if (polled[POLL_OUR_OUTPUT].revents != 0)
                write_output(session);
        if (polled[POLL_INPUT].revents != 0)
                feed_guest(session);
        if (polled[POLL_OUR_INPUT].revents != 0)
                read_input(session, (polled[POLL_OUR_INPUT].revents & POLLHUP) != 0);
        if (attendant != NULL)
                attendant->serve(attendant->context, session, polled + POLL_ATTENDED, attended);
        if (session->our_output_closed && session->result->signal == 0)
                end_guest(session, SIGPIPE);
        return true;
}

static void serve(struct guest *session)
{
        while (!is_over(session) && turn(session))
                ;
}

/* The last line that the guest wrote to the status port, if it is a number. */
static void read_status(struct guest_result *result, int file)
{
        char bytes[256];
        struct stat status;
        if (fstat(file, &status) != 0)
                return;
        const off_t start = status.st_size > (off_t)sizeof(bytes) - 1 ? status.st_size - (off_t)sizeof(bytes) + 1 : 0;
        const ssize_t count = pread(file, bytes, sizeof(bytes) - 1, start);
        if (count < 2 || bytes[count - 1] != '\n')
                return;
        bytes[count - 1] = '\0';
        const char *line = strrchr(bytes, '\n');
        line = line != NULL ? line + 1 : bytes;
        char *end;
        const unsigned long value = strtoul(line, &end, 10);
        result->has_status = *line >= '0' && *line <= '9' && *end == '\0' && value <= 255;
        result->status = result->has_status ? (int)value : 0;
}

void guest_type(struct guest *guest, const char *bytes, size_t length)
{
        if (!guest->input_ended)
                type(guest, bytes, length);
}

void guest_end_input(struct guest *guest)
{
        if (!guest->input_ended)
                end_input(guest, false);
}

void guest_end(struct guest *guest, int signal)
{
        end_guest(guest, signal);
}

pid_t guest_process(const struct guest *guest)
{
        return guest->qemu.id;
}

void guest_run(const struct guest_plan *plan, struct text *input, struct guest_result *result)
{
        struct guest session = {.plan = plan, .result = result};
        if (input->length != 0)
                session.in = *input;
        else
                text_add_bytes(&session.in, preamble, sizeof(preamble) - 1);
        session.filter = (struct crash_filter){.path = plan->image, .at_line_start = true};
        session.is_terminal = isatty(STDIN_FILENO) == 1;
        *input = (struct text){0};
        *result = (struct guest_result){0};
        result->start_error = terminal_open(&session.terminal, plan->raw && session.is_terminal);
        if (result->start_error != 0)
                return;
        session.start = guest_now_ms();
        session.feed_from = session.start + INPUT_MS;
        result->start_error = process_start(&session.qemu, plan->command, plan->inherited, plan->inherited_count,
                                            &session.terminal.mask);
        result->started = result->start_error == 0;
        if (result->started) {
                serve(&session);
                result->wait_status = process_wait(&session.qemu);
                read_status(result, plan->inherited[0]);
        }
        terminal_close(&session.terminal);
        /* When we ended QEMU it says so, which is no news. */
        if (result->any_output && !result->cannot_run && result->signal == 0)
                tell_messages(&session, true);
        if (plan->may_try_again) {
                result->unread = session.sent;
                session.sent = (struct text){0};
                if (session.in.length != 0)
                        text_add_bytes(&result->unread, session.in.bytes, session.in.length);
        }
        text_free(&session.sent);
        text_free(&session.in);
        text_free(&session.out);
        crash_filter_close(&session.filter);
}
