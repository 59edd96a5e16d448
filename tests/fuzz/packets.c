/*
 * Whatever arrives on the wire, to listeners and connections that read, write and close. The input is a script: a byte
 * that says what happens, then what it needs. IPv4 header checksums are made right and TCP's count as verified, so that
 * the fuzzer gets past them.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <coracle/init.h>
#include <coracle/netdev.h>

#include "fake/network.h"
#include "fake/packet.h"
#include "fake/single.h"
#include "libos/net/network.h"

#define CONNECTIONS 8

/* lwIP keeps a fragment's address at an odd place inside the fragment, where the leak sanitizer does not look. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
        return 1;
}

static const char *const address[] = {"ip", "10.0.0.2/24,gw=10.0.0.1", "ip6", "fd00::2/64", NULL};
static int listener, datagrams, raw, connections[CONNECTIONS];

static int open_socket(int type, int protocol, uint16_t port)
{
        struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
        int descriptor = socket(AF_INET6, type | SOCK_NONBLOCK, protocol);
        if (descriptor < 0 || (port != 0 && bind(descriptor, (struct sockaddr *)&any, sizeof(any)) != 0))
                abort();
        return descriptor;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
        (void)argc;
        (void)argv;
        fake_options = address;
        fake_checksum_good = true;
        network_start();
        listener = open_socket(SOCK_STREAM, 0, 80);
        if (listen(listener, 16) != 0)
                abort();
        datagrams = open_socket(SOCK_DGRAM, 0, 53);
        raw = open_socket(SOCK_RAW, IPPROTO_ICMPV6, 0);
        memset(connections, -1, sizeof(connections));
        return 0;
}

static void work(uint64_t milliseconds)
{
        fake_now += milliseconds * 1000000u;
        while (network_work())
                ;
        network_enter();
        network_timers_run();
        network_leave();
        for (struct fake_frame *frame; (frame = fake_sent()) != NULL;)
                free(frame);
}

/* Addresses the frame to the guest and makes its IPv4 header's length and checksum right. */
static void inject(const uint8_t *data, size_t bytes, unsigned pieces)
{
        uint8_t frame[2048];
        if (bytes > sizeof(frame))
                bytes = sizeof(frame);
        memcpy(frame, data, bytes);
        if (bytes >= 34 && frame[12] == 8 && frame[13] == 0) {
                size_t header = (frame[14] & 15u) * 4u;
                if (header >= 20 && 14 + header <= bytes) {
                        packet_put16(frame + 24, 0);
                        packet_put16(frame + 24, ~packet_sum(frame + 14, header, 0) & 0xffff);
                }
        }
        if (pieces > 1 && bytes / pieces >= 34)
                fake_inject_pieces(frame, bytes, pieces);
        else
                fake_inject(frame, bytes);
}

static void use(uint8_t what)
{
        char buffer[512];
        int *connection = &connections[what % CONNECTIONS];
        switch (what / CONNECTIONS % 6) {
        case 0:
                if (*connection < 0)
                        *connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                break;
        case 1:
                (void)recv(*connection, buffer, sizeof(buffer), 0);
                break;
        case 2:
                memset(buffer, 'x', sizeof(buffer));
                (void)send(*connection, buffer, sizeof(buffer), MSG_NOSIGNAL);
                break;
        case 3:
                if (*connection >= 0)
                        close(*connection);
                *connection = -1;
                break;
        case 4:
                (void)shutdown(*connection, what & 1 ? SHUT_WR : SHUT_RD);
                break;
        default:
                (void)recv(datagrams, buffer, sizeof(buffer), 0);
                (void)recv(raw, buffer, sizeof(buffer), 0);
                break;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        while (size > 0) {
                uint8_t action = *data++;
                size--;
                if (action < 128) { /* a packet of the length in the next byte, in units that reach a whole frame */
                        size_t bytes = size > 0 ? (size_t)*data * 6u : 0;
                        if (size > 0) {
                                data++;
                                size--;
                        }
                        if (bytes > size)
                                bytes = size;
                        inject(data, bytes, action < 16 ? action : 1);
                        data += bytes;
                        size -= bytes;
                        work(0);
                } else if (action < 192) {
                        use(action);
                } else {
                        work(action < 224 ? action - 191 : (action - 223) * 500u);
                }
        }
        work(100);
        if (fake_buffers_held > fake_receive_buffers * 3 / 4)
                abort(); /* the driver would starve */
        return 0;
}
