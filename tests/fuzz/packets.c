/*
 * Whatever arrives on the wire, to listeners and connections that read, write and close. The input is a script: a byte
 * that says what happens, then what it needs. What a fuzzer does not guess is made right: the checksums of IPv4
 * headers, ICMP and IGMP (TCP's and UDP's count as verified), a DHCP reply's transaction, and, in the packets of some
 * actions, ports and sequence numbers: they answer the last TCP segment that the guest sent.
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
#include "fake/packet6.h"
#include "fake/single.h"
#include "libos/net/network.h"
#include "lwip/dhcp.h"
#include "lwip/prot/dhcp.h"

#define CONNECTIONS 8
#define ETHERNET    14u
#define DHCP_CLIENT 68u

/* lwIP keeps a fragment's address at an odd place inside the fragment, where the leak sanitizer does not look. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
        return 1;
}

static const char *const address[] = {"ip", "10.0.0.2/24,gw=10.0.0.1", "ip6", "fd00::2/64", NULL};
static int listener, datagrams, raw, connections[CONNECTIONS];
static const char file[30000]; /* one of the image: sent from where it lies */
static uint8_t last[20];       /* the header of the last TCP segment sent */
static uint32_t last_bytes;    /* sequence numbers that it takes */

bool tree_memory_holds(const void *address)
{
        return (uintptr_t)address - (uintptr_t)file < sizeof(file);
}

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
        fake_capabilities |= NETDEV_TX_TSO4;
        network_start();
        network_enter();
        if (dhcp_start(&network_interfaces[0]->netif) != ERR_OK)
                abort();
        network_leave();
        listener = open_socket(SOCK_STREAM, 0, 80);
        if (listen(listener, 16) != 0)
                abort();
        datagrams = open_socket(SOCK_DGRAM, 0, 53);
        raw = open_socket(SOCK_RAW, IPPROTO_ICMPV6, 0);
        memset(connections, -1, sizeof(connections));
        return 0;
}

/* DHCP asks, but whatever it is told, the guest keeps its address. */
static void keep_address(void)
{
        ip4_addr_t ip, mask, gateway;
        IP4_ADDR(&ip, 10, 0, 0, 2);
        IP4_ADDR(&mask, 255, 255, 255, 0);
        IP4_ADDR(&gateway, 10, 0, 0, 1);
        network_enter();
        netif_set_addr(&network_interfaces[0]->netif, &ip, &mask, &gateway);
        network_leave();
}

/* The offset of the IP packet's transport header, if its protocol is that one; 0: it is not. */
static size_t transport(const uint8_t *frame, size_t bytes, uint8_t protocol)
{
        if (bytes >= ETHERNET + 20 && frame[12] == 8 && frame[13] == 0 && frame[23] == protocol)
                return ETHERNET + (frame[14] & 15u) * 4u;
        if (bytes >= ETHERNET + 40 && frame[12] == 0x86 && frame[13] == 0xdd && frame[20] == protocol)
                return ETHERNET + 40;
        return 0;
}

/* The two neighbours that the guest may connect to say where they are. */
static void resolve(const struct fake_frame *frame)
{
        static const struct packet_host peer = {.mac = {2, 0, 0, 0, 0, 1}, .ip = {10, 0, 0, 1}};
        static const struct packet_host guest = {.mac = {0x52, 0x54, 0, 0, 0, 2}, .ip = {10, 0, 0, 2}};
        static const struct packet_host6 peer6 = {.mac = {2, 0, 0, 0, 0, 1}, .ip = {0xfd, [15] = 1}};
        static const struct packet_host6 guest6 = {.mac = {0x52, 0x54, 0, 0, 0, 2}, .ip = {0xfd, [15] = 2}};
        if (packet_is_arp_request_for(frame->data, frame->bytes, peer.ip))
                packet_arp_reply(&peer, &guest, fake_inject);
        else if (packet6_next_header(frame->data, frame->bytes) == 58 && frame->bytes >= 78 &&
                 frame->data[54] == PACKET6_NEIGHBOUR_SOLICITATION && memcmp(frame->data + 62, peer6.ip, 16) == 0)
                packet6_advertise(&peer6, &guest6, fake_inject);
}

static void remember(const struct fake_frame *frame)
{
        const size_t tcp = transport(frame->data, frame->bytes, 6);
        if (tcp == 0 || tcp + 20 > frame->bytes)
                return;
        memcpy(last, frame->data + tcp, 20);
        const uint8_t flags = last[13];
        last_bytes = (uint32_t)(frame->bytes - tcp - (last[12] >> 4) * 4u) + (flags & PACKET_SYN ? 1 : 0) +
                     (flags & PACKET_FIN ? 1 : 0);
}

static void work(uint64_t milliseconds)
{
        fake_now += milliseconds * 1000000u;
        while (network_work())
                ;
        network_enter();
        network_timers_run();
        network_leave();
        for (struct fake_frame *frame; (frame = fake_sent()) != NULL;) {
                remember(frame);
                resolve(frame);
                free(frame);
        }
        keep_address();
}

/* Sequence numbers in the packet are taken as what they are beyond those that the guest expects, give or take. */
static void answer(uint8_t *tcp)
{
        const int16_t beyond = (int16_t)(tcp[6] << 8 | tcp[7]), acknowledged = (int16_t)(tcp[10] << 8 | tcp[11]);
        memcpy(tcp, last + 2, 2);
        memcpy(tcp + 2, last, 2);
        packet_put32(tcp + 4, packet_get32(last + 8) + (uint32_t)(int32_t)beyond);
        packet_put32(tcp + 8, packet_get32(last + 4) + last_bytes + (uint32_t)(int32_t)acknowledged);
}

static void complete_checksum(uint8_t *message, size_t bytes, size_t at, uint32_t sum)
{
        packet_put16(message + at, 0);
        packet_put16(message + at, ~packet_sum(message, bytes, sum) & 0xffff);
}

static void complete_transport(uint8_t *frame, size_t bytes, bool answers)
{
        size_t at = transport(frame, bytes, 6);
        if (at != 0 && at + 20 <= bytes && answers)
                answer(frame + at);
        at = transport(frame, bytes, 17);
        const struct dhcp *dhcp = netif_dhcp_data(&network_interfaces[0]->netif);
        if (at != 0 && at + 8 + 34 <= bytes && frame[at + 2] == 0 && frame[at + 3] == DHCP_CLIENT && dhcp != NULL) {
                packet_put32(frame + at + 12, dhcp->xid);
                memcpy(frame + at + 36, network_interfaces[0]->netif.hwaddr, 6);
        }
        for (uint8_t protocol = 1; protocol <= 2; protocol++) {
                at = transport(frame, bytes, protocol);
                const size_t end = ETHERNET + (size_t)(frame[16] << 8 | frame[17]);
                if (at != 0 && at + 8 <= end && end <= bytes)
                        complete_checksum(frame + at, end - at, 2, 0);
        }
        at = transport(frame, bytes, 58);
        const size_t payload = at != 0 ? (size_t)(frame[18] << 8 | frame[19]) : 0;
        if (payload >= 4 && at + payload <= bytes)
                complete_checksum(frame + at, payload, 2, packet_sum(frame + 22, 32, 58 + (uint32_t)payload));
}

/* Makes right what the fuzzer cannot guess, and lets the frame arrive. */
static void inject(const uint8_t *data, size_t bytes, unsigned pieces, bool answers)
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
        complete_transport(frame, bytes, answers);
        if (pieces > 1 && bytes / pieces >= 34)
                fake_inject_pieces(frame, bytes, pieces);
        else
                fake_inject(frame, bytes);
}

static int start_connecting(void)
{
        struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(7)};
        static unsigned count;
        static const uint8_t hosts[][16] = {{[10] = 0xff, 0xff, 10, 0, 0, 1}, {0xfd, [15] = 1}};
        const int descriptor = open_socket(SOCK_STREAM, 0, 0);
        memcpy(&to.sin6_addr, hosts[count++ % 2], 16);
        (void)connect(descriptor, (struct sockaddr *)&to, sizeof(to));
        return descriptor;
}

static void use(uint8_t what)
{
        char buffer[512];
        int *connection = &connections[what % CONNECTIONS];
        switch (what / CONNECTIONS % 8) {
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
        case 5:
                (void)send(*connection, file, sizeof(file), MSG_NOSIGNAL);
                break;
        case 6:
                if (*connection < 0)
                        *connection = start_connecting();
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
                        inject(data, bytes, action < 16 ? action : 1, action >= 64);
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
