/*
 * Connections. An idle one costs only its structure: requests are read into one buffer that all share, and bytes are
 * kept per connection only when a request has arrived in part or a response could not be sent whole.
 *
 * Invariant: a connection is on exactly one waiting list, and waits for input unless output is pending.
 */
#include "connection.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "metrics.h"
#include "request.h"
#include "response.h"

#define INPUT_BYTES     (2u * REQUEST_HEAD_MAX) /* read at once; also the most that is kept of pipelined requests */
#define OUTPUT_BYTES    16384u                  /* responses that are sent together */
#define SMALL_BODY      2048u                   /* bodies up to this size are copied behind their heads */
#define READS_PER_ROUND 4u                      /* so that one busy client does not starve the others */

/* Milliseconds. The request's runs from its first byte, the write's from the last progress. */
static const unsigned timeouts[WAIT_KINDS] = {
        [WAIT_IDLE] = 60000, [WAIT_REQUEST] = 10000, [WAIT_WRITE] = 30000, [WAIT_LINGER] = 2000};

struct connection {
        TAILQ_ENTRY(connection) link;
        uint64_t deadline;
        int descriptor;
        unsigned interest; /* what epoll watches for */
        enum wait_kind wait;
        bool close_after;   /* the response in hand is the last one */
        bool linger;        /* the client may still be sending: closing at once could destroy the response */
        bool peer_finished; /* no more input will come */
        char *input;        /* what was read of the next requests; NULL when nothing */
        size_t input_bytes, scanned;
        uint64_t body_left; /* of the current request's body, still to be thrown away */
        char *output;       /* heads and small bodies that could not be sent yet; NULL when none */
        size_t output_bytes, output_sent;
        const char *body; /* sent behind `output` */
        size_t body_bytes;
        char *owned; /* memory of the body, to be freed */
};

static char input[INPUT_BYTES];
static char output[OUTPUT_BYTES];
static size_t output_bytes;

void connections_init(struct server *server)
{
        for (unsigned kind = 0; kind < WAIT_KINDS; kind++)
                TAILQ_INIT(&server->waiting[kind]);
}

static void wait_for(struct server *server, struct connection *connection, enum wait_kind kind)
{
        TAILQ_REMOVE(&server->waiting[connection->wait], connection, link);
        connection->wait = kind;
        connection->deadline = server->now + timeouts[kind];
        TAILQ_INSERT_TAIL(&server->waiting[kind], connection, link);
}

static void watch(struct server *server, struct connection *connection, unsigned events)
{
        if (connection->interest == events)
                return;
        struct epoll_event event = {.events = events, .data.ptr = connection};
        epoll_ctl(server->epoll, EPOLL_CTL_MOD, connection->descriptor, &event);
        connection->interest = events;
}

static void destroy(struct server *server, struct connection *connection)
{
        TAILQ_REMOVE(&server->waiting[connection->wait], connection, link);
        close(connection->descriptor);
        free(connection->input);
        free(connection->output);
        free(connection->owned);
        free(connection);
        server->open--;
        counters.connections_open = server->open;
}

static void discard_input(struct connection *connection)
{
        free(connection->input);
        connection->input = NULL;
        connection->input_bytes = 0;
        connection->scanned = 0;
}

static bool output_pending(const struct connection *connection)
{
        return connection->output != NULL || connection->body_bytes > 0;
}

/* Sends head bytes and body with one call. Returns false when the connection is broken. */
static bool send_some(struct connection *connection, const char *head, size_t head_bytes, size_t *head_sent)
{
        struct iovec vector[2];
        struct msghdr message = {.msg_iov = vector};

        *head_sent = 0;
        if (head_bytes > 0)
                vector[message.msg_iovlen++] = (struct iovec){(void *)(uintptr_t)head, head_bytes};
        if (connection->body_bytes > 0)
                vector[message.msg_iovlen++] =
                        (struct iovec){(void *)(uintptr_t)connection->body, connection->body_bytes};
        if (message.msg_iovlen == 0)
                return true;

        ssize_t sent = sendmsg(connection->descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0)
                return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        counters.bytes_sent += (uint64_t)sent;
        *head_sent = (size_t)sent < head_bytes ? (size_t)sent : head_bytes;
        size_t of_body = (size_t)sent - *head_sent;
        if (connection->body_bytes > 0) {
                connection->body += of_body;
                connection->body_bytes -= of_body;
        }
        return true;
}

static void release_body(struct connection *connection)
{
        if (connection->body_bytes == 0) {
                free(connection->owned);
                connection->owned = NULL;
        }
}

/* Sends the shared output buffer and the connection's body; keeps what the socket did not take. False: broken. */
static bool flush_shared(struct connection *connection)
{
        size_t sent = 0;
        bool alive = send_some(connection, output, output_bytes, &sent);

        if (alive && sent < output_bytes) {
                connection->output_bytes = output_bytes - sent;
                connection->output_sent = 0;
                connection->output = malloc(connection->output_bytes);
                if (connection->output == NULL)
                        alive = false;
                else
                        memcpy(connection->output, output + sent, connection->output_bytes);
        }
        output_bytes = 0;
        release_body(connection);
        return alive;
}

/* Goes on with kept output. False: broken. */
static bool flush_kept(struct server *server, struct connection *connection)
{
        size_t left = connection->output == NULL ? 0 : connection->output_bytes - connection->output_sent;
        size_t body_before = connection->body_bytes;
        size_t sent = 0;

        if (!send_some(connection, left == 0 ? NULL : connection->output + connection->output_sent, left, &sent))
                return false;
        if (sent > 0 || connection->body_bytes != body_before)
                wait_for(server, connection, WAIT_WRITE);
        connection->output_sent += sent;
        if (sent == left) {
                free(connection->output);
                connection->output = NULL;
        }
        release_body(connection);
        return true;
}

/* Puts a response into the shared output; a large body becomes the connection's. False: broken. */
static bool queue_response(struct connection *connection, const struct response *response)
{
        counters.responses[response->status / 100]++;
        output_bytes += response->head_bytes;
        connection->close_after = !response->keep_alive;
        if (response->body_bytes <= SMALL_BODY && response->body_bytes <= OUTPUT_BYTES - output_bytes) {
                if (response->body_bytes > 0)
                        memcpy(output + output_bytes, response->body, response->body_bytes);
                output_bytes += response->body_bytes;
                free(response->owned);
                return true;
        }
        connection->body = response->body;
        connection->body_bytes = response->body_bytes;
        connection->owned = response->owned;
        return flush_shared(connection);
}

/* Refuses what cannot be parsed, or took too long; nothing behind it can be understood. */
static bool refuse(struct connection *connection, int status)
{
        struct response response;

        response_of_error(status, true, output + output_bytes, &response);
        connection->linger = true;
        connection->body_left = 0;
        return queue_response(connection, &response);
}

static size_t skip_body(struct connection *connection, size_t available)
{
        size_t bytes = connection->body_left < available ? (size_t)connection->body_left : available;

        connection->body_left -= bytes;
        return bytes;
}

/*
 * Answers the requests in data[0..bytes) until one is incomplete, output is pending, or the connection is to end.
 * Returns how many bytes are done with; *alive is false when the connection broke.
 */
static size_t answer_requests(struct server *server, struct connection *connection, const char *data, size_t bytes,
                              bool *alive)
{
        size_t at = 0;

        *alive = true;
        while (*alive && at < bytes && !connection->close_after && !output_pending(connection)) {
                if (connection->body_left > 0) {
                        at += skip_body(connection, bytes - at);
                        continue;
                }
                if (output_bytes > OUTPUT_BYTES - RESPONSE_HEAD_MAX) {
                        *alive = flush_shared(connection);
                        continue;
                }
                struct request request;
                int status = request_parse(data + at, bytes - at, &connection->scanned, &request);
                if (status == REQUEST_INCOMPLETE)
                        break;
                connection->scanned = 0;
                if (status != 0) {
                        *alive = refuse(connection, status);
                        return bytes;
                }
                struct response response;
                /* A client that waits for "100 Continue" gets the final answer instead (RFC 9110, section 10.1.1). */
                if (request.expect_continue && request.body_bytes > 0)
                        request.keep_alive = false;
                connection->linger = request.body_bytes > 0;
                connection->body_left = request.body_bytes;
                at += request.head_bytes;
                response_to_request(server->root, &request, output + output_bytes, &response);
                *alive = queue_response(connection, &response);
        }
        return at;
}

/* Keeps bytes that are not done with. False: no memory. */
static bool keep_input(struct connection *connection, const char *data, size_t bytes)
{
        char *kept = NULL;

        if (bytes > 0) {
                kept = malloc(bytes);
                if (kept == NULL)
                        return false;
                memcpy(kept, data, bytes);
        }
        free(connection->input);
        connection->input = kept;
        connection->input_bytes = bytes;
        return true;
}

/* Chooses what the connection waits for next. It may end here. */
static void settle(struct server *server, struct connection *connection)
{
        if (output_pending(connection)) {
                if (connection->wait != WAIT_WRITE)
                        wait_for(server, connection, WAIT_WRITE);
                watch(server, connection, EPOLLOUT);
                return;
        }
        if (connection->close_after) {
                if (!connection->linger || connection->peer_finished) {
                        destroy(server, connection);
                        return;
                }
                discard_input(connection);
                shutdown(connection->descriptor, SHUT_WR);
                wait_for(server, connection, WAIT_LINGER);
                watch(server, connection, EPOLLIN);
                return;
        }
        if (connection->peer_finished) {
                destroy(server, connection);
                return;
        }
        bool in_request = connection->input_bytes > 0 || connection->body_left > 0;
        if (!in_request)
                wait_for(server, connection, WAIT_IDLE);
        else if (connection->wait != WAIT_REQUEST)
                wait_for(server, connection, WAIT_REQUEST);
        watch(server, connection, EPOLLIN);
}

/* Answers what is in the shared input buffer and flushes. Returns false when the connection was destroyed. */
static bool work_on_input(struct server *server, struct connection *connection, size_t bytes)
{
        bool alive;
        size_t done = answer_requests(server, connection, input, bytes, &alive);

        if (alive && !output_pending(connection) && output_bytes > 0)
                alive = flush_shared(connection);
        output_bytes = 0;
        if (!alive || !keep_input(connection, input + done, bytes - done)) {
                destroy(server, connection);
                return false;
        }
        return true;
}

static size_t load_kept_input(const struct connection *connection)
{
        if (connection->input_bytes > 0)
                memcpy(input, connection->input, connection->input_bytes);
        return connection->input_bytes;
}

static void on_readable(struct server *server, struct connection *connection)
{
        for (unsigned round = 0; round < READS_PER_ROUND; round++) {
                size_t kept = load_kept_input(connection);
                ssize_t got = recv(connection->descriptor, input + kept, INPUT_BYTES - kept, MSG_DONTWAIT);
                if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
                        break;
                if (got < 0) {
                        destroy(server, connection);
                        return;
                }
                if (got == 0) {
                        connection->peer_finished = true;
                        break;
                }
                if (!work_on_input(server, connection, kept + (size_t)got))
                        return;
                if (output_pending(connection) || connection->close_after)
                        break;
                if (kept + (size_t)got < INPUT_BYTES) /* all there was */
                        break;
        }
        settle(server, connection);
}

static void on_writable(struct server *server, struct connection *connection)
{
        if (!flush_kept(server, connection)) {
                destroy(server, connection);
                return;
        }
        /* Requests that came with the one just answered. */
        if (!output_pending(connection) && !connection->close_after && connection->input_bytes > 0 &&
            !work_on_input(server, connection, load_kept_input(connection)))
                return;
        settle(server, connection);
}

/* The response is out; what still comes is thrown away until the client closes. */
static void on_linger(struct server *server, struct connection *connection)
{
        for (unsigned round = 0; round < READS_PER_ROUND; round++) {
                ssize_t got = recv(connection->descriptor, input, INPUT_BYTES, MSG_DONTWAIT);
                if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
                        return;
                if (got <= 0) {
                        destroy(server, connection);
                        return;
                }
        }
}

void connection_ready(struct server *server, struct connection *connection, unsigned events)
{
        if (connection->wait == WAIT_LINGER)
                on_linger(server, connection);
        else if ((events & EPOLLERR) != 0)
                destroy(server, connection);
        else if (output_pending(connection))
                on_writable(server, connection);
        else
                on_readable(server, connection);
}

/* Says that there is no room, without keeping anything. */
static void turn_away(int descriptor)
{
        struct response response;
        char head[RESPONSE_HEAD_MAX];

        response_of_error(503, false, head, &response);
        (void)send(descriptor, head, response.head_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
        close(descriptor);
        counters.connections_refused++;
}

void connection_open(struct server *server, int descriptor)
{
        if (server->open >= server->limit && !TAILQ_EMPTY(&server->waiting[WAIT_IDLE]))
                destroy(server, TAILQ_FIRST(&server->waiting[WAIT_IDLE]));
        struct connection *connection = server->open < server->limit ? calloc(1, sizeof *connection) : NULL;
        if (connection == NULL) {
                turn_away(descriptor);
                return;
        }
        connection->descriptor = descriptor;
        connection->interest = EPOLLIN;
        connection->wait = WAIT_REQUEST; /* a client that connects has something to ask */
        connection->deadline = server->now + timeouts[WAIT_REQUEST];

        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) {
                free(connection);
                turn_away(descriptor);
                return;
        }
        TAILQ_INSERT_TAIL(&server->waiting[WAIT_REQUEST], connection, link);
        server->open++;
        counters.connections_accepted++;
        counters.connections_open = server->open;
}

static void expire(struct server *server, struct connection *connection)
{
        counters.connections_timed_out++;
        if (connection->wait == WAIT_REQUEST && connection->input_bytes > 0 && refuse(connection, 408) &&
            (output_pending(connection) || flush_shared(connection))) {
                settle(server, connection);
                return;
        }
        output_bytes = 0;
        destroy(server, connection);
}

int connections_expire(struct server *server)
{
        uint64_t next = UINT64_MAX;

        for (unsigned kind = 0; kind < WAIT_KINDS; kind++) {
                struct connection *oldest;
                /* Whatever expire does takes the connection off this list; the analyzer cannot follow the pointers. */
                /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
                while ((oldest = TAILQ_FIRST(&server->waiting[kind])) != NULL && oldest->deadline <= server->now)
                        expire(server, oldest);
                if (oldest != NULL && oldest->deadline < next)
                        next = oldest->deadline;
        }
        return next == UINT64_MAX ? -1 : (int)(next - server->now);
}
