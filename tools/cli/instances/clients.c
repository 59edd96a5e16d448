/* Accepts, reads and feeds control connections; see clients.h. */
#include "clients.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"

#define BEHIND_MAX (1u << 20) /* bytes of output that a slow client is kept for */

bool clients_open(struct clients *clients, int directory)
{
        for (size_t i = 0; i < CLIENTS_MAX; i++)
                clients->places[i] = (struct client){.socket = -1};
        clients->listener = control_listen(directory);
        return clients->listener >= 0;
}

static void drop(struct client *client)
{
        close(client->socket);
        text_free(&client->pending);
        *client = (struct client){.socket = -1};
}

static void feed(struct client *client)
{
        while (client->socket >= 0 && client->pending.length != 0) {
                const size_t length =
                        client->pending.length < CONTROL_PACKET_MAX ? client->pending.length : CONTROL_PACKET_MAX;
                const ssize_t count = send(client->socket, client->pending.bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
                if (count < 0 && (errno == EAGAIN || errno == EINTR))
                        return;
                if (count < 0)
                        drop(client);
                else
                        text_consume(&client->pending, (size_t)count);
        }
}

void clients_close(struct clients *clients)
{
        close(clients->listener);
        for (size_t i = 0; i < CLIENTS_MAX; i++) {
                struct client *client = &clients->places[i];
                feed(client);
                if (client->socket >= 0)
                        drop(client);
        }
}

void client_send(struct client *client, const char *packet, size_t length)
{
        if (client->socket >= 0 && send(client->socket, packet, length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
                drop(client);
}

void clients_output(struct clients *clients, const char *bytes, size_t length)
{
        for (size_t i = 0; i < CLIENTS_MAX; i++) {
                struct client *client = &clients->places[i];
                if (client->socket < 0 || !client->is_attached)
                        continue;
                text_add_bytes(&client->pending, bytes, length);
                feed(client);
                if (client->socket >= 0 && client->pending.length > BEHIND_MAX)
                        drop(client);
        }
}

/* ---- The loop ---- */

size_t clients_prepare(const struct clients *clients, bool takes_input, struct pollfd *polled)
{
        size_t count = 0;
        polled[count++] = (struct pollfd){clients->listener, POLLIN, 0};
        for (size_t i = 0; i < CLIENTS_MAX; i++) {
                const struct client *client = &clients->places[i];
                const bool is_read = !client->is_attached || takes_input;
                polled[count++] = (struct pollfd){
                        client->socket, (short)((is_read ? POLLIN : 0) | (client->pending.length != 0 ? POLLOUT : 0)),
                        0};
        }
        return count;
}

static void take_connection(struct clients *clients)
{
        const int connection = accept4(clients->listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0)
                return;
        for (size_t i = 0; i < CLIENTS_MAX; i++) {
                if (clients->places[i].socket < 0) {
                        clients->places[i] = (struct client){.socket = connection};
                        return;
                }
        }
        close(connection);
}

static void take_packet(struct client *client, clients_packet *packet, void *context)
{
        char bytes[CONTROL_PACKET_MAX + 1];
        const ssize_t count = recv(client->socket, bytes, CONTROL_PACKET_MAX, MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (count <= 0) {
                drop(client);
                return;
        }
        bytes[count] = '\0';
        packet(context, client, bytes, (size_t)count);
}

void clients_serve(struct clients *clients, const struct pollfd *polled, clients_packet *packet, void *context)
{
        for (size_t i = 0; i < CLIENTS_MAX; i++) {
                struct client *client = &clients->places[i];
                const short events = polled[1 + i].revents;
                if (client->socket < 0 || events == 0)
                        continue;
                if ((events & POLLOUT) != 0)
                        feed(client);
                if (client->socket >= 0 && (events & POLLIN) != 0)
                        take_packet(client, packet, context);
                else if (client->socket >= 0 && (events & (POLLHUP | POLLERR)) != 0)
                        drop(client);
        }
        if ((polled[0].revents & POLLIN) != 0)
                take_connection(clients);
}
