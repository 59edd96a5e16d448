/* Passes frames to who is known to have the address, else to all; see forward_frames.h. */
#include "forward_frames.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORTS_MAX     256u
#define ADDRESSES_MAX 1024u /* a power of two */
#define FRAME_MAX     65550u
#define HEADER_BYTES  14u /* two addresses and a type */
#define BURST         64  /* frames from one port before the others have their turn */

struct address {
        uint8_t bytes[6];
        uint16_t port; /* where it was seen; 0: this place is free */
};

struct ethernet_switch {
        struct pollfd polled[1 + PORTS_MAX]; /* the listener, and a place for each port */
        struct address addresses[ADDRESSES_MAX];
};

/* The place of an address, or the one that it takes, of a few; a full few loses its first, which is learned again. */
static struct address *place_of(struct ethernet_switch *s, const uint8_t *bytes)
{
        const unsigned start = (bytes[3] * 251u + bytes[4] * 17u + bytes[5]) & (ADDRESSES_MAX - 1);
        for (unsigned i = 0; i < 4; i++) {
                struct address *address = &s->addresses[(start + i) & (ADDRESSES_MAX - 1)];
                if (address->port == 0 || memcmp(address->bytes, bytes, sizeof(address->bytes)) == 0)
                        return address;
        }
        return &s->addresses[start];
}

static void forget_port(struct ethernet_switch *s, size_t port)
{
        close(s->polled[port].fd);
        s->polled[port].fd = -1;
        for (size_t i = 0; i < ADDRESSES_MAX; i++) {
                if (s->addresses[i].port == port)
                        s->addresses[i].port = 0;
        }
}

/* Frames for who cannot take more are dropped, as Ethernet does. */
static void pass(struct ethernet_switch *s, size_t from, const uint8_t *frame, size_t length)
{
        const bool is_group = (frame[0] & 1) != 0;
        const struct address *to = place_of(s, frame);
        if ((frame[6] & 1) == 0) {
                struct address *source = place_of(s, frame + 6);
                memcpy(source->bytes, frame + 6, sizeof(source->bytes));
                source->port = (uint16_t)from;
        }
        if (!is_group && to->port != 0 && memcmp(to->bytes, frame, sizeof(to->bytes)) == 0) {
                if (to->port != from)
                        (void)send(s->polled[to->port].fd, frame, length, MSG_DONTWAIT | MSG_NOSIGNAL);
                return;
        }
        for (size_t port = 1; port <= PORTS_MAX; port++) {
                if (port != from && s->polled[port].fd >= 0)
                        (void)send(s->polled[port].fd, frame, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        }
}

static void serve_port(struct ethernet_switch *s, size_t port)
{
        static uint8_t frame[FRAME_MAX];
        for (int i = 0; i < BURST; i++) {
                const ssize_t length = recv(s->polled[port].fd, frame, sizeof(frame), MSG_DONTWAIT);
                if (length < 0 && (errno == EAGAIN || errno == EINTR))
                        return;
                if (length <= 0) {
                        forget_port(s, port);
                        return;
                }
                if (length >= (ssize_t)HEADER_BYTES)
                        pass(s, port, frame, (size_t)length);
        }
}

/* Returns whether there was one. */
static bool take_connection(struct ethernet_switch *s)
{
        const int connection = accept4(s->polled[0].fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (connection < 0)
                return false;
        for (size_t port = 1; port <= PORTS_MAX; port++) {
                if (s->polled[port].fd < 0) {
                        s->polled[port].fd = connection;
                        return true;
                }
        }
        close(connection);
        return true;
}

bool forward_frames_is_wanted(int listener)
{
        struct pollfd polled = {listener, POLLIN, 0};
        return poll(&polled, 1, 0) == 1;
}

static size_t count_ports(const struct ethernet_switch *s)
{
        size_t count = 0;
        for (size_t port = 1; port <= PORTS_MAX; port++)
                count += s->polled[port].fd >= 0;
        return count;
}

void forward_frames(int listener)
{
        static struct ethernet_switch s;
        s = (struct ethernet_switch){.polled = {{listener, POLLIN, 0}}};
        for (size_t port = 1; port <= PORTS_MAX; port++)
                s.polled[port] = (struct pollfd){-1, POLLIN, 0};
        do {
                if (poll(s.polled, 1 + PORTS_MAX, -1) < 0 && errno != EINTR)
                        return;
                for (size_t port = 1; port <= PORTS_MAX; port++) {
                        if (s.polled[port].fd >= 0 && s.polled[port].revents != 0)
                                serve_port(&s, port);
                }
                while (s.polled[0].revents != 0 && take_connection(&s))
                        ;
        } while (count_ports(&s) != 0);
}
