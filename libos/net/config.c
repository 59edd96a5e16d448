/* The values of coracle.ip=, coracle.ip6= and their numbered siblings. Strict: a typing error must not become DHCP. */
#include "config.h"

#include <string.h>

#include <coracle/log.h>

#include "check.h"
#include "names/names.h"

#define WORD_MAX 64u

bool address_parse(const char *text, bool ipv6, ip_addr_t *address)
{
        uint8_t bytes[16];
        if (ipv6) {
                if (!text_to_ipv6(text, bytes))
                        return false;
                u32_t words[4];
                memcpy(words, bytes, sizeof(words));
                IP_ADDR6(address, words[0], words[1], words[2], words[3]);
                return true;
        }
        if (!text_to_ipv4(text, bytes))
                return false;
        IP_ADDR4(address, bytes[0], bytes[1], bytes[2], bytes[3]);
        return true;
}

static const char *version_name(bool ipv6)
{
        return ipv6 ? "an IPv6" : "an IPv4";
}

static bool first_word(char *word, bool ipv6, struct address_config *config, char *why, size_t why_bytes)
{
        if (strcmp(word, "none") == 0) {
                config->mode = ADDRESS_NONE;
                return true;
        }
        if (strcmp(word, ipv6 ? "auto" : "dhcp") == 0) {
                config->mode = ADDRESS_AUTOMATIC;
                return true;
        }
        char *slash = strchr(word, '/');
        if (slash != NULL)
                *slash = '\0';
        if (!address_parse(word, ipv6, &config->address) || ip_addr_isany(&config->address) ||
            ip_addr_ismulticast(&config->address)) {
                format_text(why, why_bytes, "\"%s\" is not %s address of a host (nor \"%s\" nor \"none\")", word,
                            version_name(ipv6), ipv6 ? "auto" : "dhcp");
                return false;
        }
        unsigned prefix;
        if (slash == NULL) {
                format_text(why, why_bytes, "\"%s\" needs a prefix length, as in %s%s", word, word,
                            ipv6 ? "/64" : "/24");
                return false;
        }
        if (!decimal_parse(slash + 1, ipv6 ? 128 : 32, &prefix) || prefix == 0) {
                format_text(why, why_bytes, "\"/%s\" is not a prefix length of 1 to %d", slash + 1, ipv6 ? 128 : 32);
                return false;
        }
        config->mode = ADDRESS_STATIC;
        config->prefix = (uint8_t)prefix;
        return true;
}

static bool option_word_parse(const char *word, bool ipv6, struct address_config *config, char *why, size_t why_bytes)
{
        if (strncmp(word, "gw=", 3) == 0) {
                if (config->mode == ADDRESS_STATIC && address_parse(word + 3, ipv6, &config->gateway) &&
                    !ip_addr_isany(&config->gateway)) {
                        config->has_gateway = true;
                        return true;
                }
                if (config->mode != ADDRESS_STATIC)
                        format_text(why, why_bytes, "\"%s\" needs a static address before it", word);
                else
                        format_text(why, why_bytes, "\"%s\": not %s address", word, version_name(ipv6));
                return false;
        }
        if (strncmp(word, "dns=", 4) == 0) {
                if (config->dns_count == DNS_MAX_SERVERS) {
                        format_text(why, why_bytes, "\"%s\": more than %d name servers", word, DNS_MAX_SERVERS);
                        return false;
                }
                ip_addr_t *server = &config->dns[config->dns_count];
                if (address_parse(word + 4, false, server) || address_parse(word + 4, true, server)) {
                        config->dns_count++;
                        return true;
                }
                format_text(why, why_bytes, "\"%s\": not an IP address", word);
                return false;
        }
        format_text(why, why_bytes, "\"%s\" is not a word known here (gw=ADDRESS, dns=ADDRESS)", word);
        return false;
}

bool address_config_parse(const char *text, bool ipv6, struct address_config *config, char *why, size_t why_bytes)
{
        memset(config, 0, sizeof(*config));
        for (bool first = true;; first = false) {
                size_t length = strcspn(text, ",");
                char word[WORD_MAX];
                if (length >= sizeof(word)) {
                        memcpy(word, text, sizeof(word) - 1);
                        word[sizeof(word) - 1] = '\0';
                        format_text(why, why_bytes, "\"%s...\" is too long", word);
                        return false;
                }
                memcpy(word, text, length);
                word[length] = '\0';
                if (first ? !first_word(word, ipv6, config, why, why_bytes)
                          : !option_word_parse(word, ipv6, config, why, why_bytes))
                        return false;
                if (text[length] == '\0')
                        return true;
                text += length + 1;
        }
}

/* coracle.dns=ADDRESS[,ADDRESS...]. */
static bool is_address_list(const char *value)
{
        for (;;) {
                const size_t length = strcspn(value, ",");
                char word[IPV6_TEXT_MAX];
                ip_addr_t address;
                if (length >= sizeof(word))
                        return false;
                memcpy(word, value, length);
                word[length] = '\0';
                if (!address_parse(word, false, &address) && !address_parse(word, true, &address))
                        return false;
                if (value[length] == '\0')
                        return true;
                value += length + 1;
        }
}

bool network_word_check(const char *key, const char *value, char *why, size_t why_bytes)
{
        struct address_config config;
        if (!network_word_is_known(key))
                return true;
        if (strcmp(key, "dns") != 0)
                return address_config_parse(value, strncmp(key, "ip6", 3) == 0, &config, why, why_bytes);
        if (is_address_list(value))
                return true;
        format_text(why, why_bytes, "not a list of IP addresses");
        return false;
}
