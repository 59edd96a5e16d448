/*
 * The resolver: queries over UDP to each known server in turn, a fresh random port and identifier for each attempt
 * (RFC 5452), and over TCP when a reply was cut short.
 */
#include "resolve.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <platform.h>

#include "../network.h"
#include "names.h"
#include "lwip/dns.h"
#include "lwip/opt.h"

#define DNS_PORT    53u
#define ATTEMPTS    3u
#define FIRST_WAIT  (2 * NETWORK_SECOND)
#define TYPES_MAX   2u
#define TCP_WAIT_MS 5000

struct query {
        uint8_t message[DNS_MESSAGE_MAX];
        size_t bytes;
        bool answered;
        enum dns_result result;
};

static void take_answer(void *ctx, const struct dns_answer *answer)
{
        struct resolved *resolved = ctx;
        size_t bytes = answer->type == DNS_TYPE_A ? 4 : 16;
        if (answer->name != NULL) {
                memcpy(resolved->name, answer->name, strlen(answer->name) + 1);
        } else if ((answer->type == DNS_TYPE_A || answer->type == DNS_TYPE_AAAA) && answer->bytes == bytes &&
                   resolved->count < RESOLVE_ADDRESSES) {
                resolved->addresses[resolved->count].type = answer->type;
                memcpy(resolved->addresses[resolved->count].bytes, answer->data, bytes);
                resolved->count++;
        }
}

static socklen_t server_address(const ip_addr_t *server, struct sockaddr_storage *storage)
{
        memset(storage, 0, sizeof(*storage));
        if (IP_IS_V4_VAL(*server)) {
                struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(DNS_PORT)};
                in.sin_addr.s_addr = ip4_addr_get_u32(ip_2_ip4(server));
                memcpy(storage, &in, sizeof(in));
                return sizeof(in);
        }
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(DNS_PORT)};
        memcpy(&in6.sin6_addr, ip_2_ip6(server)->addr, 16);
        in6.sin6_scope_id = ip6_addr_zone(ip_2_ip6(server));
        memcpy(storage, &in6, sizeof(in6));
        return sizeof(in6);
}

static int open_to(const ip_addr_t *server, int type)
{
        struct sockaddr_storage address;
        socklen_t length = server_address(server, &address);
        int descriptor = socket(IP_IS_V4_VAL(*server) ? AF_INET : AF_INET6, type, 0);
        if (descriptor < 0)
                return -1;
        struct timeval patience = {.tv_sec = TCP_WAIT_MS / 1000};
        (void)setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        (void)setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        if (connect(descriptor, (struct sockaddr *)&address, length) != 0) {
                close(descriptor);
                return -1;
        }
        return descriptor;
}

static bool receive_all(int descriptor, uint8_t *to, size_t bytes)
{
        return recv(descriptor, to, bytes, MSG_WAITALL) == (ssize_t)bytes;
}

/* RFC 1035 section 4.2.2: two bytes of length, then the message. What is longer than we can hold counts as failed. */
static void ask_over_tcp(const ip_addr_t *server, struct query *query, struct resolved *resolved)
{
        uint8_t frame[2 + DNS_MESSAGE_MAX], reply[4096];
        query->result = DNS_SERVER;
        int descriptor = open_to(server, SOCK_STREAM);
        if (descriptor < 0)
                return;
        frame[0] = (uint8_t)(query->bytes >> 8);
        frame[1] = (uint8_t)query->bytes;
        memcpy(frame + 2, query->message, query->bytes);
        if (send(descriptor, frame, query->bytes + 2, MSG_NOSIGNAL) == (ssize_t)query->bytes + 2 &&
            receive_all(descriptor, frame, 2)) {
                size_t bytes = (size_t)frame[0] << 8 | frame[1];
                bool truncated;
                if (bytes <= sizeof(reply) && receive_all(descriptor, reply, bytes))
                        query->result = dns_reply_read(reply, bytes, query->message, query->bytes, take_answer,
                                                       resolved, &truncated);
        }
        close(descriptor);
}

/* Reads one datagram and gives it to the query it answers. */
static void take_reply(int descriptor, const ip_addr_t *server, struct query *queries, unsigned count,
                       struct resolved *resolved)
{
        uint8_t reply[DNS_MESSAGE_MAX];
        ssize_t bytes = recv(descriptor, reply, sizeof(reply), MSG_DONTWAIT);
        if (bytes <= 0)
                return;
        for (unsigned i = 0; i < count; i++) {
                struct query *query = &queries[i];
                bool truncated;
                unsigned before = resolved->count;
                if (query->answered)
                        continue;
                query->result = dns_reply_read(reply, (size_t)bytes, query->message, query->bytes, take_answer,
                                               resolved, &truncated);
                if (query->result == DNS_NOT_OURS)
                        continue;
                query->answered = true;
                if (truncated) {
                        resolved->count = before;
                        ask_over_tcp(server, query, resolved);
                }
                return;
        }
}

/* Asks one server once and waits `patience` nanoseconds for all the answers. Returns whether all came. */
static bool ask(const ip_addr_t *server, struct query *queries, unsigned count, uint64_t patience,
                struct resolved *resolved)
{
        int descriptor = open_to(server, SOCK_DGRAM);
        if (descriptor < 0)
                return false;
        for (unsigned i = 0; i < count; i++)
                if (!queries[i].answered)
                        (void)send(descriptor, queries[i].message, queries[i].bytes, MSG_NOSIGNAL);
        uint64_t deadline = platform_clock_monotonic() + patience;
        bool all = false;
        for (uint64_t now; !all && (now = platform_clock_monotonic()) < deadline;) {
                struct pollfd wait = {.fd = descriptor, .events = POLLIN};
                if (poll(&wait, 1, (int)((deadline - now) / NETWORK_MILLISECOND) + 1) > 0)
                        take_reply(descriptor, server, queries, count, resolved);
                all = true;
                for (unsigned i = 0; i < count; i++)
                        all &= queries[i].answered;
        }
        close(descriptor);
        return all;
}

static int outcome(const struct query *queries, unsigned count, const struct resolved *resolved)
{
        if (resolved->count != 0 || resolved->name[0] != '\0')
                return 0;
        for (unsigned i = 0; i < count; i++) {
                if (!queries[i].answered)
                        return EAI_AGAIN;
                if (queries[i].result == DNS_NO_NAME)
                        return EAI_NONAME;
                if (queries[i].result != DNS_OK)
                        return EAI_FAIL;
        }
        return EAI_NODATA;
}

int resolve(const char *name, const uint16_t *types, struct resolved *resolved)
{
        ip_addr_t servers[2 * DNS_MAX_SERVERS];
        struct query queries[TYPES_MAX];
        unsigned count = 0;

        memset(resolved, 0, sizeof(*resolved));
        network_enter();
        (void)network_wait_configured();
        unsigned server_count = name_servers(servers, 2 * DNS_MAX_SERVERS);
        network_leave();
        if (server_count == 0)
                return EAI_AGAIN;

        for (; count < TYPES_MAX && types[count] != 0; count++) {
                queries[count].answered = false;
                queries[count].result = DNS_SERVER;
        }
        uint64_t patience = FIRST_WAIT;
        int result = EAI_AGAIN;
        for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++, patience *= 2) {
                for (unsigned i = 0; i < server_count; i++) {
                        for (unsigned q = 0; q < count; q++) {
                                if (queries[q].answered && queries[q].result == DNS_SERVER)
                                        queries[q].answered = false; /* another server may know */
                                if (queries[q].answered)
                                        continue;
                                network_enter();
                                uint16_t identifier = (uint16_t)network_random();
                                network_leave();
                                queries[q].bytes = dns_query_build(queries[q].message, identifier, name, types[q]);
                                if (queries[q].bytes == 0)
                                        return EAI_NONAME;
                        }
                        bool all = ask(&servers[i], queries, count, patience, resolved);
                        result = outcome(queries, count, resolved);
                        if (all && result != EAI_FAIL)
                                return result;
                }
                if (result == EAI_FAIL || result == 0)
                        return result;
        }
        return result;
}
