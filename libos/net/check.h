/*
 * The network's words of configuration, for whoever has them from elsewhere than the command line. Knows nothing of
 * lwIP, so that rooms outside of the network can include it.
 */
#ifndef CORACLE_NET_CHECK_H
#define CORACLE_NET_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Whether `coracle.KEY` is the network's: ip, ip0 to ip5, ip6, ip6_0 to ip6_5, dns. */
static inline bool network_word_is_known(const char *key)
{
        if (strcmp(key, "dns") == 0)
                return true;
        if (strncmp(key, "ip", 2) != 0)
                return false;
        key += 2;
        if (strncmp(key, "6_", 2) == 0)
                key += 2;
        else if (*key == '\0' || strcmp(key, "6") == 0)
                return true;
        return key[0] >= '0' && key[0] <= '5' && key[1] == '\0';
}

/*
 * Whether the network would take this value; other keys are always right. On false says in `why` what is wrong.
 * Weak: NULL in a program without a network, where the words mean nothing.
 */
bool network_word_check(const char *key, const char *value, char *why, size_t why_bytes) __attribute__((weak));

#endif
