/*
 * Bytes of a TCP connection. Received pbufs queue at the socket until they are read, and only then does the peer's
 * window open again; sent bytes are copied once, into the segments that the device reads, but those of the image's
 * files go out from where they lie.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "../../fs/tree_memory.h"
#include "../segments.h"
#include "tcp.h"
#include "lwip/pbuf.h"

/* How long a writer that found no memory, with nothing in flight whose end would wake it, waits. */
#define MEMORY_WAIT_TICKS 1
#define IN_PLACE_LEAST    2048u /* of fewer bytes a copy costs no more than their own piece of a segment */

/* ---- Receive ---- */

static void append(struct tcp_socket *tcp, struct pbuf *data)
{
        tcp->queued += data->tot_len;
        if (tcp->last != NULL)
                tcp->last->next = data;
        else
                tcp->first = data;
        while (data->next != NULL)
                data = data->next;
        tcp->last = data;
}

static struct pbuf *pop(struct tcp_socket *tcp)
{
        struct pbuf *pbuf = tcp->first;
        tcp->first = pbuf->next;
        if (tcp->first == NULL)
                tcp->last = NULL;
        pbuf->next = NULL;
        tcp->first_read = 0;
        return pbuf;
}

void tcp_receive_queue_free(struct tcp_socket *tcp)
{
        while (tcp->first != NULL)
                pbuf_free(pop(tcp));
        tcp->queued = 0;
}

err_t tcp_on_receive(void *arg, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
        struct tcp_socket *tcp = arg;
        (void)error;
        if (data == NULL) {
                tcp->end_received = true;
                if (pcb->state == TIME_WAIT || pcb->state == CLOSING)
                        tcp_detach(tcp);
                socket_changed(&tcp->socket, POLLIN | POLLRDHUP);
                return ERR_OK;
        }
        if (tcp->receive_shut) {
                tcp_recved(pcb, data->tot_len);
                pbuf_free(data);
                return ERR_OK;
        }
        append(tcp, data);
        socket_changed(&tcp->socket, POLLIN);
        return ERR_OK;
}

/* Tells lwIP that bytes were read, but for what a small SO_RCVBUF keeps of the window. */
static void open_window(struct tcp_socket *tcp, size_t bytes)
{
        uint32_t wanted = tcp->socket.receive_buffer;
        uint32_t keep = wanted != 0 && wanted < TCP_WND ? TCP_WND - wanted : 0;
        if (tcp->withheld < keep) {
                size_t more = keep - tcp->withheld < bytes ? keep - tcp->withheld : bytes;
                tcp->withheld += (uint32_t)more;
                bytes -= more;
        }
        while (bytes > 0 && tcp->pcb != NULL) {
                u16_t now = (u16_t)(bytes < UINT16_MAX ? bytes : UINT16_MAX);
                tcp_recved(tcp->pcb, now);
                bytes -= now;
        }
}

static size_t read_queue(struct tcp_socket *tcp, struct vector_cursor *cursor, size_t most)
{
        size_t done = 0;
        while (done < most && tcp->first != NULL) {
                struct pbuf *pbuf = tcp->first;
                size_t here = pbuf->len - tcp->first_read;
                size_t now = here < most - done ? here : most - done;
                cursor_write(cursor, (const char *)pbuf->payload + tcp->first_read, now);
                done += now;
                if (now == here)
                        pbuf_free(pop(tcp));
                else
                        tcp->first_read += (uint32_t)now;
        }
        tcp->queued -= done;
        return done;
}

static size_t peek_queue(const struct tcp_socket *tcp, struct vector_cursor *cursor, size_t most)
{
        size_t done = 0, skip = tcp->first_read;
        for (const struct pbuf *pbuf = tcp->first; pbuf != NULL && done < most; pbuf = pbuf->next) {
                size_t here = pbuf->len - skip;
                size_t now = here < most - done ? here : most - done;
                cursor_write(cursor, (const char *)pbuf->payload + skip, now);
                done += now;
                skip = 0;
        }
        return done;
}

ssize_t tcp_socket_receive(struct socket *socket, struct message *message, bool block)
{
        struct tcp_socket *tcp = tcp_socket(socket);
        struct vector_cursor cursor;
        cursor_start(&cursor, message->vector, message->count);
        uint64_t deadline = block ? socket_deadline(socket->receive_timeout) : 0;
        bool peek = message->flags & MSG_PEEK;
        bool all = (message->flags & MSG_WAITALL) && block && !peek;
        size_t done = 0;

        message->name_bytes = 0;
        if (tcp->phase == TCP_IDLE || tcp->phase == TCP_LISTENING)
                return -ENOTCONN;
        if (message->bytes == 0)
                return 0;
        for (;;) {
                if (tcp->queued != 0) {
                        if (peek)
                                return (ssize_t)peek_queue(tcp, &cursor, message->bytes);
                        size_t now = read_queue(tcp, &cursor, message->bytes - done);
                        done += now;
                        open_window(tcp, now);
                        if (tcp->queued == 0)
                                socket_refresh(socket);
                        if (done == message->bytes || !all)
                                return (ssize_t)done;
                        continue;
                }
                if (done == 0 && socket->error != 0)
                        return socket_take_error(socket);
                if (tcp->end_received || tcp->receive_shut || tcp->phase == TCP_OVER || socket->error != 0)
                        return (ssize_t)done;
                int error = socket_wait_if(block, socket, deadline);
                if (error != 0)
                        return done != 0 ? (ssize_t)done : error;
        }
}

/* ---- Send ---- */

/* Bytes that the connection may have queued, all told, as long as it is asked to queue more like the last. */
static uint32_t send_limit(const struct tcp_socket *tcp)
{
        uint32_t wanted = tcp->socket.send_buffer;
        uint32_t most = tcp->in_place ? TCP_SND_BUF : network_tcp_send_copies;
        return wanted != 0 && wanted < most ? wanted : most;
}

/* Pieces that it may have queued: what it may with small ones. */
static uint32_t piece_limit(const struct tcp_socket *tcp)
{
        return TCP_PIECES_OF(tcp->in_place ? TCP_SND_BUF : network_tcp_send_copies);
}

static size_t send_room(const struct tcp_socket *tcp)
{
        size_t queued = TCP_SND_BUF - tcp->pcb->snd_buf; /* tcp_sndbuf() stops at 65535 */
        size_t limit = send_limit(tcp);
        return queued < limit && tcp_sndqueuelen(tcp->pcb) < piece_limit(tcp) ? limit - queued : 0;
}

bool tcp_has_send_room(const struct tcp_socket *tcp)
{
        return !tcp->no_memory && send_room(tcp) > send_limit(tcp) / 3 &&
               tcp_sndqueuelen(tcp->pcb) <= piece_limit(tcp) / 2;
}

err_t tcp_on_sent(void *arg, struct tcp_pcb *pcb, u16_t bytes)
{
        struct tcp_socket *tcp = arg;
        (void)pcb;
        (void)bytes;
        if (tcp->socket.sleepers != 0 || !(tcp->socket.ready & POLLOUT))
                socket_changed(&tcp->socket, 0);
        return ERR_OK;
}

/* The poll timer runs only after a write found no memory. */
err_t tcp_on_poll(void *arg, struct tcp_pcb *pcb)
{
        struct tcp_socket *tcp = arg;
        tcp->no_memory = false;
        tcp_poll(pcb, NULL, 0);
        socket_changed(&tcp->socket, POLLOUT);
        return ERR_OK;
}

static void note_no_memory(struct tcp_socket *tcp)
{
        tcp->no_memory = true;
        tcp_poll(tcp->pcb, tcp_on_poll, MEMORY_WAIT_TICKS);
        socket_refresh(&tcp->socket);
}

/* Why nothing can be sent now: -EAGAIN means wait. 0: it can. */
static int send_obstacle(struct tcp_socket *tcp)
{
        if (tcp->socket.error != 0)
                return socket_take_error(&tcp->socket);
        if (tcp->phase == TCP_IDLE || tcp->phase == TCP_LISTENING)
                return -ENOTCONN;
        if (tcp->send_shut || tcp->phase == TCP_OVER || tcp->pcb == NULL)
                return -EPIPE;
        return tcp->phase == TCP_CONNECTING || send_room(tcp) == 0 || tcp->no_memory ? -EAGAIN : 0;
}

/* What one write may take. */
static size_t write_most(const struct tcp_socket *tcp)
{
        return tcp->long_segments && !tcp->in_place ? tcp_mss(tcp->pcb) : UINT16_MAX;
}

static err_t write_part(struct tcp_socket *tcp, const void *data, size_t bytes, u8_t flags)
{
        if (tcp->in_place && bytes > tcp_mss(tcp->pcb))
                tcp->long_segments = true;
        if (!tcp->long_segments)
                return tcp_write(tcp->pcb, data, (u16_t)bytes, flags);
        return tcp->in_place ? segments_write(tcp->pcb, data, (u16_t)bytes, flags)
                             : segments_write_copied(tcp->pcb, data, (u16_t)bytes, flags);
}

/*
 * Queues a part; less than asked when there is little memory. Returns bytes, 0 when there is none. The last of the
 * memory is for what arrives: a connection that has data on its way then waits.
 */
static size_t queue_part(struct tcp_socket *tcp, const void *data, size_t bytes, u8_t flags)
{
        if (network_heap_low()) {
                if (tcp_sndqueuelen(tcp->pcb) != 0)
                        return 0;
                if (bytes > tcp_mss(tcp->pcb))
                        bytes = tcp_mss(tcp->pcb);
        }
        for (;;) {
                err_t error = write_part(tcp, data, bytes, flags);
                if (error == ERR_OK)
                        return bytes;
                size_t least = tcp_mss(tcp->pcb);
                if (error != ERR_MEM || bytes <= least)
                        return 0;
                bytes = bytes / 2 > least ? bytes / 2 : least;
        }
}

/* Whether a file of the image holds these bytes: they never change or go away, and devices can read them. */
static bool stays_for_ever(const void *data, size_t bytes)
{
        return bytes >= IN_PLACE_LEAST && tree_memory_holds != NULL && tree_memory_holds(data) &&
               tree_memory_holds((const char *)data + bytes - 1);
}

static int push_and_wait(struct tcp_socket *tcp, uint64_t deadline)
{
        if (tcp->pcb != NULL && tcp->phase == TCP_CONNECTED)
                tcp_output(tcp->pcb);
        socket_refresh(&tcp->socket);
        return socket_wait(&tcp->socket, deadline);
}

static ssize_t send_parts(struct tcp_socket *tcp, struct message *message, bool is_static, bool block)
{
        struct vector_cursor cursor;
        cursor_start(&cursor, message->vector, message->count);
        uint64_t deadline = block ? socket_deadline(tcp->socket.send_timeout) : 0;
        size_t done = 0;
        int error = 0;

        while (done < message->bytes) {
                struct vector_cursor ahead = cursor;
                void *part;
                size_t bytes = cursor_take(&ahead, message->bytes - done, &part);
                tcp->in_place = is_static || stays_for_ever(part, bytes);
                error = send_obstacle(tcp);
                if (error == -EAGAIN && block && (error = push_and_wait(tcp, deadline)) == 0)
                        continue;
                if (error != 0)
                        break;
                size_t most = send_room(tcp) < write_most(tcp) ? send_room(tcp) : write_most(tcp);
                if (bytes > most)
                        bytes = most;
                bool more = done + bytes < message->bytes || (message->flags & MSG_MORE);
                int flags = (tcp->in_place ? 0 : TCP_WRITE_FLAG_COPY) | (more ? TCP_WRITE_FLAG_MORE : 0);
                size_t queued = queue_part(tcp, part, bytes, (u8_t)flags);
                if (queued == 0)
                        note_no_memory(tcp);
                (void)cursor_take(&cursor, queued, &part);
                done += queued;
        }
        if (done != 0 && tcp->pcb != NULL && !tcp->corked && !(message->flags & MSG_MORE))
                tcp_output(tcp->pcb);
        if (tcp->phase == TCP_CONNECTED && tcp->pcb != NULL && !tcp_has_send_room(tcp))
                socket_refresh(&tcp->socket);
        if (done != 0)
                return (ssize_t)done;
        return error;
}

ssize_t tcp_socket_send(struct socket *socket, struct message *message, bool block)
{
        struct tcp_socket *tcp = tcp_socket(socket);
        if (message->bytes == 0) {
                int error = send_obstacle(tcp);
                return error == -EAGAIN ? 0 : error;
        }
        return send_parts(tcp, message, false, block);
}

ssize_t tcp_socket_send_static(struct socket *socket, const void *data, size_t bytes, bool block)
{
        struct iovec vector = {.iov_base = (void *)(uintptr_t)data, .iov_len = bytes};
        struct message message = {.vector = &vector, .count = 1, .bytes = bytes};
        return send_parts(tcp_socket(socket), &message, true, block);
}
