/* inet_pton, inet_ntop and the older calls (POSIX.1-2017 <arpa/inet.h>). */
#include <errno.h>
#include <string.h>

#include <arpa/inet.h>

#include "names.h"

int inet_pton(int family, const char *restrict text, void *restrict address)
{
        uint8_t bytes[16];
        if (family == AF_INET) {
                if (!text_to_ipv4(text, bytes))
                        return 0;
                memcpy(address, bytes, 4);
                return 1;
        }
        if (family == AF_INET6) {
                if (!text_to_ipv6(text, bytes))
                        return 0;
                memcpy(address, bytes, 16);
                return 1;
        }
        errno = EAFNOSUPPORT;
        return -1;
}

const char *inet_ntop(int family, const void *restrict address, char *restrict text, socklen_t bytes)
{
        char buffer[IPV6_TEXT_MAX];
        if (family == AF_INET) {
                ipv4_to_text(address, buffer);
        } else if (family == AF_INET6) {
                ipv6_to_text(address, buffer);
        } else {
                errno = EAFNOSUPPORT;
                return NULL;
        }
        if (strlen(buffer) >= bytes) {
                errno = ENOSPC;
                return NULL;
        }
        return strcpy(text, buffer);
}

/* One number of the old notation: decimal, 0 octal, 0x hexadecimal. Returns the character after it, NULL for none. */
static const char *number_parse(const char *text, uint64_t *number)
{
        unsigned base = 10;
        const char *start = text;
        *number = 0;
        if (text[0] == '0' && (text[1] | 0x20) == 'x') {
                base = 16;
                start = text += 2;
        } else if (text[0] == '0') {
                base = 8;
        }
        for (;; text++) {
                unsigned digit;
                if (*text >= '0' && *text <= '9')
                        digit = (unsigned)(*text - '0');
                else if ((*text | 0x20) >= 'a' && (*text | 0x20) <= 'f')
                        digit = (unsigned)((*text | 0x20) - 'a' + 10);
                else
                        break;
                if (digit >= base)
                        return NULL;
                *number = *number * base + digit;
                if (*number > UINT32_MAX)
                        return NULL;
        }
        return text == start ? NULL : text;
}

/* One to four numbers; the last fills the bytes that are left: 127.1 is 127.0.0.1. */
int inet_aton(const char *text, struct in_addr *address)
{
        uint64_t parts[4];
        unsigned count = 0;
        for (;;) {
                text = number_parse(text, &parts[count]);
                if (text == NULL)
                        return 0;
                count++;
                if (*text != '.')
                        break;
                if (count == 4)
                        return 0;
                text++;
        }
        if (*text != '\0' && *text != ' ' && *text != '\t' && *text != '\n')
                return 0;
        uint64_t value = parts[count - 1];
        if (value >> (8 * (5 - count)) != 0)
                return 0;
        for (unsigned i = 0; i + 1 < count; i++) {
                if (parts[i] > 255)
                        return 0;
                value |= parts[i] << (24 - 8 * i);
        }
        if (address != NULL)
                address->s_addr = htonl((uint32_t)value);
        return 1;
}

in_addr_t inet_addr(const char *text)
{
        struct in_addr address;
        return inet_aton(text, &address) ? address.s_addr : INADDR_NONE;
}

char *inet_ntoa(struct in_addr address)
{
        static _Thread_local char text[INET_ADDRSTRLEN];
        ipv4_to_text((const uint8_t *)&address.s_addr, text);
        return text;
}
