/* Base64; see cloud.h. */
#include "cloud.h"

static int value_of(char c)
{
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        return c == '+' ? 62 : c == '/' ? 63 : -1;
}

long base64_decode(char *text, size_t bytes)
{
        unsigned bits = 0, digits = 0, padding = 0;
        size_t to = 0;
        for (size_t i = 0; i < bytes; i++) {
                const char c = text[i];
                if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
                        continue;
                const int value = value_of(c);
                if (c == '=')
                        padding++;
                else if (value < 0 || padding != 0)
                        return -1;
                bits = bits << 6 | (unsigned)(value < 0 ? 0 : value);
                if (++digits % 4 != 0)
                        continue;
                if (padding > 2)
                        return -1;
                text[to++] = (char)(bits >> 16);
                if (padding < 2)
                        text[to++] = (char)(bits >> 8);
                if (padding < 1)
                        text[to++] = (char)bits;
                bits = 0;
        }
        return digits % 4 == 0 ? (long)to : -1;
}
