/* Parses port forwards and tries whether the host's side is free; see forward.h. */
#include "forward.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool parse_port(const char *text, size_t length, uint16_t *port)
{
        unsigned value = 0;
        if (length == 0 || length > 5)
                return false;
        for (size_t i = 0; i < length; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return false;
                value = value * 10 + (unsigned)(text[i] - '0');
        }
        *port = (uint16_t)value;
        return value >= 1 && value <= UINT16_MAX;
}

static bool parse_address(const char *text, size_t length, struct in_addr *address)
{
        char copy[INET_ADDRSTRLEN];
        if (length >= sizeof(copy))
                return false;
        memcpy(copy, text, length);
        copy[length] = '\0';
        return inet_pton(AF_INET, copy, address) == 1;
}

bool forward_parse(struct forward *forward, const char *text)
{
        *forward = (struct forward){.address.s_addr = htonl(INADDR_LOOPBACK)};
        if (strncmp(text, "udp:", 4) == 0 || strncmp(text, "tcp:", 4) == 0) {
                forward->udp = text[0] == 'u';
                text += 4;
        }
        const char *last = strrchr(text, ':');
        if (last == NULL)
                return parse_port(text, strlen(text), &forward->host) &&
                       parse_port(text, strlen(text), &forward->guest);
        const char *first = strchr(text, ':');
        if (first != last) {
                if (!parse_address(text, (size_t)(first - text), &forward->address))
                        return false;
                text = first + 1;
        }
        return last >= text && parse_port(text, (size_t)(last - text), &forward->host) &&
               parse_port(last + 1, strlen(last + 1), &forward->guest);
}

int forward_try(const struct forward *forward)
{
        const int type = (forward->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC;
        const int probe = socket(AF_INET, type, 0);
        if (probe < 0)
                return errno;
        /* As QEMU does: connections of an earlier guest that linger do not count. */
        if (!forward->udp)
                setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
        const struct sockaddr_in name = {
                .sin_family = AF_INET, .sin_addr = forward->address, .sin_port = htons(forward->host)};
        int error = 0;
        if (bind(probe, (const struct sockaddr *)&name, sizeof(name)) != 0 || (!forward->udp && listen(probe, 1) != 0))
                error = errno;
        close(probe);
        return error;
}
