/* Numbers the interfaces of a network configuration as the devices are numbered; see interfaces.h. */
#include "interfaces.h"

#include <string.h>

#include <coracle/init.h>
#include <coracle/log.h>
#include <coracle/options.h>

#include "../instance.h"

#define PREFIX_BYTES 8u /* "coracle." */

static struct {
        const struct instance_source *source;
        struct interface_words interface[INTERFACES_MAX];
        unsigned count;
} kept;

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        c |= 0x20;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool interface_mac_parse(const char *text, uint8_t mac[6])
{
        for (unsigned i = 0; i < 6; i++, text += 3) {
                const int high = hex_digit(text[0]), low = high >= 0 ? hex_digit(text[1]) : -1;
                if (low < 0 || (i < 5 ? text[2] != ':' && text[2] != '-' : text[2] != '\0'))
                        return false;
                mac[i] = (uint8_t)(high << 4 | low);
        }
        return true;
}

static void set(const struct instance_source *source, unsigned n, const struct interface_words *interface)
{
        static const char *const first[] = {"coracle.ip", "coracle.ip6"};
        static const char *const others[] = {"coracle.ip%u", "coracle.ip6_%u"};
        char key[20];
        for (unsigned version = 0; version < 2; version++) {
                format_text(key, sizeof(key), n == 0 ? first[version] : others[version], n);
                if (interface->value[version][0] != '\0')
                        instance_value(source, key, interface->value[version]);
        }
}

void interfaces_set(const struct instance_source *source, const struct interface_words *interfaces, unsigned count)
{
        bool has_macs = false;
        for (unsigned i = 0; i < count; i++)
                has_macs |= interfaces[i].has_mac;
        for (unsigned i = 0; i < count && !has_macs; i++)
                set(source, i, &interfaces[i]);
        if (!has_macs || kept.count != 0)
                return;
        kept.source = source;
        kept.count = count;
        memcpy(kept.interface, interfaces, count * sizeof(interfaces[0]));
}

/* ---- Once the devices are there ---- */

/* A word that names the device by its number has been heard before, and counts. */
static bool is_numbered(unsigned n, unsigned version)
{
        char key[20];
        format_text(key, sizeof(key), version == 0 ? "ip%u" : "ip6_%u", n);
        return option_get(key) != NULL || (n == 0 && option_get(version == 0 ? "ip" : "ip6") != NULL);
}

static void set_known(unsigned n, struct interface_words *interface)
{
        for (unsigned version = 0; version < 2; version++)
                if (is_numbered(n, version))
                        interface->value[version][0] = '\0';
        set(kept.source, n, interface);
}

static unsigned find(const uint8_t (*macs)[6], unsigned count, const uint8_t *mac)
{
        unsigned n = 0;
        while (n < count && memcmp(macs[n], mac, 6) != 0)
                n++;
        return n;
}

void network_devices_known(const uint8_t (*macs)[6], unsigned count)
{
        unsigned taken = 0; /* a bit for each device */
        for (unsigned i = 0; i < kept.count; i++) {
                const uint8_t *mac = kept.interface[i].mac;
                const unsigned n = find(macs, count, mac);
                if (!kept.interface[i].has_mac)
                        continue;
                if (n == count || n >= INTERFACES_MAX) {
                        log_warning(
                                "instance",
                                "%s: network: no device has the address %02x:%02x:%02x:%02x:%02x:%02x; it is ignored",
                                kept.source->name, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
                        continue;
                }
                taken |= 1u << n;
                set_known(n, &kept.interface[i]);
        }
        for (unsigned i = 0, n = 0; i < kept.count; i++) {
                if (kept.interface[i].has_mac)
                        continue;
                while (n < INTERFACES_MAX && (taken >> n & 1) != 0)
                        n++;
                if (n < INTERFACES_MAX)
                        set_known(n++, &kept.interface[i]);
        }
        if (kept.count != 0)
                instance_apply();
        kept.count = 0;
}
