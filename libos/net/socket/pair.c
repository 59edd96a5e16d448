/*
 * Local socket pairs (socketpair): two ends, each with a queue of what the other wrote, in blocks of network heap.
 * Streams join and split blocks as they like; datagrams keep them whole.
 */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "calls.h"

#define QUEUE_MOST 65536u /* bytes an end may have unread before the other waits */
#define BLOCK_MOST 8192u  /* bytes of a stream in one block */

struct block {
        struct block *next;
        size_t bytes, read;
        char data[];
};

struct pair_socket {
        struct socket socket;      /* first */
        struct pair_socket *other; /* NULL: it was closed */
        struct block *first, *last;
        size_t queued;
        bool receive_shut, send_shut;
};

static struct pair_socket *pair_socket(struct socket *socket)
{
        return (struct pair_socket *)(void *)socket;
}

static bool no_more_comes(const struct pair_socket *end)
{
        return end->receive_shut || end->other == NULL || end->other->send_shut;
}

static short pair_ready(const struct socket *socket)
{
        const struct pair_socket *end = (const struct pair_socket *)(const void *)socket;
        int ready = 0;
        if (end->first != NULL || no_more_comes(end))
                ready |= POLLIN | POLLRDNORM;
        if (end->other == NULL)
                ready |= POLLHUP | POLLOUT;
        else if (end->send_shut || end->other->receive_shut || end->other->queued < QUEUE_MOST)
                ready |= POLLOUT | POLLWRNORM;
        if (no_more_comes(end))
                ready |= POLLRDHUP;
        return (short)ready;
}

static size_t pair_available(const struct socket *socket)
{
        return ((const struct pair_socket *)(const void *)socket)->queued;
}

static void pop(struct pair_socket *end)
{
        struct block *block = end->first;
        end->first = block->next;
        if (end->first == NULL)
                end->last = NULL;
        network_heap_free(block);
}

static ssize_t read_queue(struct pair_socket *end, struct message *message)
{
        struct vector_cursor cursor;
        cursor_start(&cursor, message->vector, message->count);
        bool peek = message->flags & MSG_PEEK, stream = end->socket.type == SOCK_STREAM;
        size_t done = 0;
        for (struct block *block = end->first, *next; block != NULL; block = next) {
                next = block->next;
                size_t here = block->bytes - block->read;
                size_t now = here < message->bytes - done ? here : message->bytes - done;
                cursor_write(&cursor, block->data + block->read, now);
                done += now;
                if (!stream && now < here)
                        message->flags_out |= MSG_TRUNC;
                if (!peek) {
                        size_t gone = stream ? now : here;
                        end->queued -= gone;
                        block->read += gone;
                        if (block->read == block->bytes)
                                pop(end);
                }
                if (!stream || done == message->bytes)
                        break;
        }
        return (ssize_t)done;
}

static ssize_t pair_receive(struct socket *socket, struct message *message, bool block)
{
        struct pair_socket *end = pair_socket(socket);
        uint64_t deadline = block ? socket_deadline(socket->receive_timeout) : 0;
        message->name_bytes = 0;
        while (end->first == NULL) {
                if (no_more_comes(end) || (message->bytes == 0 && socket->type == SOCK_STREAM))
                        return 0;
                int error = socket_wait_if(block, socket, deadline);
                if (error != 0)
                        return error;
        }
        ssize_t bytes = read_queue(end, message);
        socket_refresh(socket);
        if (end->other != NULL)
                socket_changed(&end->other->socket, POLLOUT);
        return bytes;
}

/* Appends one block for the other end. Returns its size, 0 without memory. */
static size_t append(struct pair_socket *to, struct vector_cursor *cursor, size_t bytes)
{
        struct block *block = network_heap_alloc(sizeof(*block) + bytes);
        if (block == NULL)
                return 0;
        *block = (struct block){.bytes = bytes};
        cursor_read(cursor, block->data, bytes);
        if (to->last != NULL)
                to->last->next = block;
        else
                to->first = block;
        to->last = block;
        to->queued += bytes;
        socket_changed(&to->socket, POLLIN);
        return bytes;
}

/* How much of `left` bytes may go into one block now; nothing of a datagram that does not fit whole. */
static size_t sendable(const struct pair_socket *to, bool stream, size_t left)
{
        size_t room = to->queued < QUEUE_MOST ? QUEUE_MOST - to->queued : 0;
        if (!stream)
                return left <= room ? left : 0;
        if (left > BLOCK_MOST)
                left = BLOCK_MOST;
        return left < room ? left : room;
}

static ssize_t pair_send(struct socket *socket, struct message *message, bool block)
{
        struct pair_socket *end = pair_socket(socket);
        struct vector_cursor cursor;
        cursor_start(&cursor, message->vector, message->count);
        uint64_t deadline = block ? socket_deadline(socket->send_timeout) : 0;
        bool stream = socket->type == SOCK_STREAM;
        size_t done = 0;
        if (!stream && message->bytes > QUEUE_MOST)
                return -EMSGSIZE;
        if (message->bytes == 0)
                return 0; /* an empty datagram would look like the end */
        while (done < message->bytes) {
                if (end->other == NULL || end->send_shut || end->other->receive_shut)
                        return done != 0 ? (ssize_t)done : -EPIPE;
                size_t now = sendable(end->other, stream, message->bytes - done);
                if (now != 0 && append(end->other, &cursor, now) != 0) {
                        done += now;
                        continue;
                }
                socket_refresh(socket);
                int error = socket_wait_if(block, socket, deadline);
                if (error != 0)
                        return done != 0 ? (ssize_t)done : error;
        }
        socket_refresh(socket);
        return (ssize_t)done;
}

static int pair_shutdown(struct socket *socket, bool receive, bool send)
{
        struct pair_socket *end = pair_socket(socket);
        end->receive_shut |= receive;
        end->send_shut |= send;
        socket_changed(socket, POLLIN | POLLOUT);
        if (end->other != NULL)
                socket_changed(&end->other->socket, POLLIN | POLLOUT | POLLRDHUP);
        return 0;
}

static int pair_option(struct socket *socket, int level, int name, int value)
{
        (void)socket;
        (void)level;
        (void)name;
        (void)value;
        return -ENOPROTOOPT;
}

static int pair_get_option(struct socket *socket, int level, int name, int *value)
{
        (void)socket;
        (void)level;
        (void)name;
        (void)value;
        return -ENOPROTOOPT;
}

static void pair_close(struct socket *socket)
{
        struct pair_socket *end = pair_socket(socket);
        while (end->first != NULL)
                pop(end);
        if (end->other != NULL) {
                end->other->other = NULL;
                socket_changed(&end->other->socket, POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
        }
        socket_free(socket);
}

static const struct socket_operations pair_operations = {
        .shutdown = pair_shutdown,
        .send = pair_send,
        .receive = pair_receive,
        .ready = pair_ready,
        .available = pair_available,
        .set_option = pair_option,
        .get_option = pair_get_option,
        .close = pair_close,
};

static int make_pair(int type, struct socket *ends[2])
{
        for (unsigned i = 0; i < 2; i++) {
                ends[i] = socket_new(sizeof(struct pair_socket), &pair_operations, AF_UNIX, type, 0);
                if (ends[i] == NULL) {
                        if (i == 1)
                                socket_free(ends[0]);
                        return -ENOBUFS;
                }
        }
        pair_socket(ends[0])->other = pair_socket(ends[1]);
        pair_socket(ends[1])->other = pair_socket(ends[0]);
        socket_refresh(ends[0]);
        socket_refresh(ends[1]);
        return 0;
}

int socketpair(int domain, int type, int protocol, int pair[2])
{
        struct socket *ends[2];
        int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (domain != AF_UNIX)
                return socket_result(-EOPNOTSUPP);
        if (protocol != 0)
                return socket_result(-EPROTONOSUPPORT);
        if (kind != SOCK_STREAM && kind != SOCK_DGRAM && kind != SOCK_SEQPACKET)
                return socket_result(-EPROTOTYPE);
        network_enter();
        int error = make_pair(kind, ends);
        network_leave();
        if (error != 0)
                return socket_result(error);
        int first = socket_install(ends[0], type);
        int second = socket_install(ends[1], type);
        if (first < 0 || second < 0) {
                if (first >= 0)
                        close(first);
                if (second >= 0)
                        close(second);
                return socket_result(first < 0 ? first : second);
        }
        pair[0] = first;
        pair[1] = second;
        return 0;
}
