/* IP addresses as text, both ways. */
#include "text.h"

#include <string.h>

bool text_to_ipv4(const char *text, uint8_t bytes[4])
{
        for (unsigned i = 0; i < 4; i++) {
                unsigned value = 0, digits = 0;
                for (; *text >= '0' && *text <= '9'; text++, digits++) {
                        if (digits != 0 && value == 0)
                                return false; /* 010 is eight to some and ten to others */
                        value = value * 10 + (unsigned)(*text - '0');
                        if (value > 255)
                                return false;
                }
                if (digits == 0 || *text != (i < 3 ? '.' : '\0'))
                        return false;
                bytes[i] = (uint8_t)value;
                text++;
        }
        return true;
}

static int hex_digit(char character)
{
        if (character >= '0' && character <= '9')
                return character - '0';
        character |= 0x20;
        return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

/* One group of one to four hexadecimal digits; returns how many characters, 0 when there is none. */
static unsigned group_parse(const char *text, unsigned *group)
{
        unsigned length = 0;
        *group = 0;
        for (; length < 4 && hex_digit(text[length]) >= 0; length++)
                *group = *group << 4 | (unsigned)hex_digit(text[length]);
        return length;
}

bool text_to_ipv6(const char *text, uint8_t bytes[16])
{
        unsigned filled = 0; /* bytes */
        int gap = -1;        /* where :: stands for zeros */
        if (text[0] == ':') {
                if (text[1] != ':')
                        return false;
                gap = 0;
                text += 2;
        }
        while (*text != '\0') {
                unsigned group;
                unsigned length = group_parse(text, &group);
                if (length == 0)
                        return false;
                if (text[length] == '.') {
                        if (filled > 12 || !text_to_ipv4(text, bytes + filled))
                                return false;
                        filled += 4;
                        break;
                }
                if (filled > 14)
                        return false;
                bytes[filled++] = (uint8_t)(group >> 8);
                bytes[filled++] = (uint8_t)group;
                text += length;
                if (*text == '\0')
                        break;
                if (*text++ != ':')
                        return false;
                if (*text == ':') {
                        if (gap >= 0)
                                return false;
                        gap = (int)filled;
                        text++;
                } else if (*text == '\0') {
                        return false;
                }
        }
        if (gap < 0)
                return filled == 16;
        if (filled == 16)
                return false;
        unsigned behind = filled - (unsigned)gap;
        memmove(bytes + 16 - behind, bytes + gap, behind);
        memset(bytes + gap, 0, 16 - filled);
        return true;
}

static char *put_decimal(char *to, unsigned value)
{
        if (value >= 100)
                *to++ = (char)('0' + value / 100);
        if (value >= 10)
                *to++ = (char)('0' + value / 10 % 10);
        *to++ = (char)('0' + value % 10);
        return to;
}

void ipv4_to_text(const uint8_t bytes[4], char text[IPV4_TEXT_MAX])
{
        for (unsigned i = 0; i < 4; i++) {
                text = put_decimal(text, bytes[i]);
                *text++ = i < 3 ? '.' : '\0';
        }
}

/* The longest run of two or more zero groups, which RFC 5952 writes as "::". Returns its length, 0 for none. */
static unsigned longest_zero_run(const uint8_t bytes[16], unsigned *start)
{
        unsigned best = 0, run = 0;
        for (unsigned i = 0; i < 8; i++) {
                run = bytes[2 * i] == 0 && bytes[2 * i + 1] == 0 ? run + 1 : 0;
                if (run > best) {
                        best = run;
                        *start = i + 1 - run;
                }
        }
        return best >= 2 ? best : 0;
}

static char *put_hex(char *to, unsigned value)
{
        bool started = false;
        for (int shift = 12; shift >= 0; shift -= 4) {
                unsigned digit = value >> shift & 0xfu;
                if (digit != 0 || started || shift == 0) {
                        *to++ = "0123456789abcdef"[digit];
                        started = true;
                }
        }
        return to;
}

void ipv6_to_text(const uint8_t bytes[16], char text[IPV6_TEXT_MAX])
{
        static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
        if (memcmp(bytes, mapped, sizeof(mapped)) == 0) {
                memcpy(text, "::ffff:", 7);
                ipv4_to_text(bytes + 12, text + 7);
                return;
        }
        unsigned start = 8;
        unsigned zeros = longest_zero_run(bytes, &start);
        for (unsigned i = 0; i < 8; i++) {
                if (zeros != 0 && i == start) {
                        *text++ = ':';
                        *text++ = ':';
                        i += zeros - 1;
                        continue;
                }
                if (i != 0 && !(zeros != 0 && i == start + zeros))
                        *text++ = ':';
                text = put_hex(text, (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1]);
        }
        *text = '\0';
}

bool decimal_parse(const char *text, unsigned most, unsigned *number)
{
        unsigned value = 0;
        if (*text == '\0')
                return false;
        for (; *text != '\0'; text++) {
                if (*text < '0' || *text > '9')
                        return false;
                value = value * 10 + (unsigned)(*text - '0');
                if (value > most)
                        return false;
        }
        *number = value;
        return true;
}
