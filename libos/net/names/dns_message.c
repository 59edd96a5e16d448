/*
 * DNS messages. A reply comes from outside and may be forged: every offset is checked against the message's end, and
 * compression pointers must go backwards, so that none can loop (RFC 1035 section 4.1.4).
 */
#include "dns_message.h"

#include <string.h>

#define HEADER_BYTES    12u
#define LABEL_MAX       63u
#define FLAG_REPLY      0x8000u
#define FLAG_TRUNCATED  0x0200u
#define FLAG_RECURSE    0x0100u
#define OPCODE_MASK     0x7800u
#define CODE_MASK       0x000fu
#define CODE_NAME_ERROR 3u
#define CLASS_INTERNET  1u

static uint16_t read16(const uint8_t *at)
{
        return (uint16_t)(at[0] << 8 | at[1]);
}

static void write16(uint8_t *at, unsigned value)
{
        at[0] = (uint8_t)(value >> 8);
        at[1] = (uint8_t)value;
}

size_t dns_query_build(uint8_t *message, uint16_t identifier, const char *name, uint16_t type)
{
        memset(message, 0, HEADER_BYTES);
        write16(message, identifier);
        write16(message + 2, FLAG_RECURSE);
        write16(message + 4, 1); /* one question */
        size_t at = HEADER_BYTES;
        while (*name != '\0') {
                size_t length = strcspn(name, ".");
                if (length == 0 || length > LABEL_MAX || at + length + 1 > HEADER_BYTES + DNS_NAME_MAX)
                        return 0;
                message[at++] = (uint8_t)length;
                memcpy(message + at, name, length);
                at += length;
                name += length;
                if (*name == '.')
                        name++;
        }
        if (at == HEADER_BYTES)
                return 0;
        message[at++] = 0;
        write16(message + at, type);
        write16(message + at + 2, CLASS_INTERNET);
        return at + 4;
}

/*
 * Reads the name at `at`; `text` (DNS_NAME_MAX bytes) may be NULL to skip it. Returns the offset behind it, 0 when it
 * is malformed.
 */
static size_t name_read(const uint8_t *message, size_t bytes, size_t at, char *text)
{
        size_t behind = 0, length = 0, lowest = at;
        for (;;) {
                if (at >= bytes)
                        return 0;
                uint8_t label = message[at];
                if (label == 0)
                        break;
                if ((label & 0xc0u) == 0xc0u) {
                        if (at + 2 > bytes)
                                return 0;
                        size_t target = read16(message + at) & 0x3fffu;
                        if (behind == 0)
                                behind = at + 2;
                        if (target >= lowest || target < HEADER_BYTES)
                                return 0;
                        at = lowest = target;
                        continue;
                }
                if (label > LABEL_MAX || at + 1 + label > bytes || length + label + 1 >= DNS_NAME_MAX)
                        return 0;
                if (text != NULL) {
                        for (unsigned i = 0; i < label; i++)
                                if (message[at + 1 + i] <= ' ' || message[at + 1 + i] > '~')
                                        return 0; /* not a host's name */
                        memcpy(text + length, message + at + 1, label);
                        text[length + label] = '.';
                }
                length += label + 1u;
                at += 1u + label;
        }
        if (text != NULL)
                text[length > 0 ? length - 1 : 0] = '\0';
        return behind != 0 ? behind : at + 1;
}

/* Names compare without regard to case (RFC 1035 section 2.3.3). */
static bool same_question(const uint8_t *reply, size_t bytes, const uint8_t *query, size_t query_bytes)
{
        if (bytes < query_bytes || read16(reply + 4) != 1)
                return false;
        for (size_t i = HEADER_BYTES; i < query_bytes; i++) {
                uint8_t a = reply[i], b = query[i];
                if (a >= 'A' && a <= 'Z')
                        a |= 0x20;
                if (b >= 'A' && b <= 'Z')
                        b |= 0x20;
                if (a != b)
                        return false;
        }
        return true;
}

enum dns_result dns_reply_read(const uint8_t *reply, size_t bytes, const uint8_t *query, size_t query_bytes,
                               void (*each)(void *ctx, const struct dns_answer *answer), void *ctx, bool *truncated)
{
        *truncated = false;
        if (bytes < HEADER_BYTES || read16(reply) != read16(query))
                return DNS_NOT_OURS;
        uint16_t flags = read16(reply + 2);
        if (!(flags & FLAG_REPLY) || (flags & OPCODE_MASK) != 0)
                return DNS_NOT_OURS;
        unsigned code = flags & CODE_MASK;
        if (code != 0 && code != CODE_NAME_ERROR && read16(reply + 4) == 0)
                return DNS_SERVER; /* some servers leave the question out of a refusal */
        if (!same_question(reply, bytes, query, query_bytes))
                return DNS_NOT_OURS;
        if (code == CODE_NAME_ERROR)
                return DNS_NO_NAME;
        if (code != 0)
                return DNS_SERVER;
        *truncated = (flags & FLAG_TRUNCATED) != 0;

        size_t at = query_bytes;
        for (unsigned left = read16(reply + 6); left > 0; left--) {
                char name[DNS_NAME_MAX];
                at = name_read(reply, bytes, at, NULL);
                if (at == 0 || at + 10 > bytes)
                        return *truncated ? DNS_OK : DNS_SERVER;
                struct dns_answer answer = {.type = read16(reply + at),
                                            .ttl = (uint32_t)read16(reply + at + 4) << 16 | read16(reply + at + 6),
                                            .bytes = read16(reply + at + 8),
                                            .data = reply + at + 10};
                uint16_t class = read16(reply + at + 2);
                at += 10;
                if (at + answer.bytes > bytes)
                        return *truncated ? DNS_OK : DNS_SERVER;
                if (class == CLASS_INTERNET && (answer.type == DNS_TYPE_PTR || answer.type == DNS_TYPE_CNAME)) {
                        if (name_read(reply, at + answer.bytes, at, name) == at + answer.bytes)
                                answer.name = name;
                }
                if (class == CLASS_INTERNET)
                        each(ctx, &answer);
                at += answer.bytes;
        }
        return DNS_OK;
}
