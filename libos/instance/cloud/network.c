/*
 * The network configuration of NoCloud (cloud-init's network-config, versions 1 and 2, which is netplan's) and of
 * OpenStack (network_data.json), as the words of the command line. Which interface is which device, interfaces.c finds
 * out.
 */
#include "cloud.h"

#include <string.h>

#include <coracle/log.h>

#include "../../net/names/text.h"
#include "document.h"
#include "interfaces.h"

struct text {
        char data[200];
        size_t length;
        bool cut;
};

/* One IP version of one interface. */
struct side {
        struct text address; /* "dhcp", "10.0.0.2/24" */
        struct text gateway;
};

struct network {
        const struct instance_source *source;
        struct {
                const char *id; /* OpenStack's link */
                bool has_mac;
                uint8_t mac[6];
                struct side side[2];
        } interface[INTERFACES_MAX];
        unsigned count;
        struct text servers;
};

static void append(struct text *text, const char *more)
{
        const size_t length = strlen(more);
        if (length >= sizeof(text->data) - text->length) {
                text->cut = true;
                return;
        }
        memcpy(text->data + text->length, more, length + 1);
        text->length += length;
}

static void warn(const struct network *network, const char *what, const char *value)
{
        struct instance_shown shown;
        log_warning("instance", "%s: network: %s \"%s\"; it is ignored", network->source->name, what,
                    instance_shown(value, &shown));
}

static bool is_ipv6(const char *address)
{
        return strchr(address, ':') != NULL;
}

/* ---- What the formats have in common ---- */

/* "255.255.255.0" or "24" as "24"; NULL: it is neither. An IPv6 mask is counted by its set bits. */
static const char *prefix_of(const char *mask, char text[4])
{
        uint8_t bytes[16];
        unsigned prefix = 0, length = 4;
        if (decimal_parse(mask, 128, &prefix)) {
                format_text(text, 4, "%u", prefix);
                return text;
        }
        if (is_ipv6(mask)) {
                length = 16;
                if (!text_to_ipv6(mask, bytes))
                        return NULL;
        } else if (!text_to_ipv4(mask, bytes)) {
                return NULL;
        }
        while (prefix < 8 * length && (bytes[prefix / 8] >> (7 - prefix % 8) & 1) != 0)
                prefix++;
        for (unsigned bit = prefix; bit < 8 * length; bit++) {
                if ((bytes[bit / 8] >> (7 - bit % 8) & 1) != 0)
                        return NULL; /* 255.0.255.0 */
        }
        format_text(text, 4, "%u", prefix);
        return text;
}

/* The first address of each version counts: an interface has one. */
static void add_address(struct network *network, unsigned n, const char *address, const char *mask)
{
        struct text *to = &network->interface[n].side[is_ipv6(address)].address;
        char prefix[4];
        const bool has_prefix = strchr(address, '/') != NULL;
        if (to->length != 0) {
                warn(network, "one address of each IP version is taken, not", address);
                return;
        }
        const char *length = has_prefix || mask == NULL ? NULL : prefix_of(mask, prefix);
        if (!has_prefix && length == NULL) {
                warn(network, "no prefix length for", address);
                return;
        }
        append(to, address);
        if (!has_prefix) {
                append(to, "/");
                append(to, length);
        }
}

static void add_automatic(struct network *network, unsigned n, bool ipv6)
{
        struct text *to = &network->interface[n].side[ipv6].address;
        if (to->length == 0)
                append(to, ipv6 ? "auto" : "dhcp");
}

static void add_gateway(struct network *network, unsigned n, const char *gateway)
{
        struct text *to = &network->interface[n].side[is_ipv6(gateway)].gateway;
        if (to->length == 0)
                append(to, gateway);
}

/* A list of name servers, or one. */
static void add_servers(struct network *network, const struct node *servers)
{
        const struct node *first = servers != NULL && servers->kind == NODE_TEXT ? servers : NULL;
        if (servers != NULL && servers->kind == NODE_LIST)
                first = servers->first;
        for (const struct node *server = first; server != NULL; server = first == servers ? NULL : server->next) {
                const char *address = node_text(server);
                if (address == NULL || strchr(address, ',') != NULL)
                        continue;
                if (network->servers.length != 0)
                        append(&network->servers, ",");
                append(&network->servers, address);
        }
}

static bool is_default_route(const char *to)
{
        return strcmp(to, "default") == 0 || strcmp(to, "0.0.0.0/0") == 0 || strcmp(to, "0.0.0.0") == 0 ||
               strcmp(to, "::/0") == 0 || strcmp(to, "::") == 0;
}

/* The next interface's number; INTERFACES_MAX, and a warning, when there are more than can be configured. */
static unsigned next_interface(struct network *network, const char *name)
{
        if (network->count < INTERFACES_MAX)
                return network->count++;
        warn(network, "more interfaces than can be configured:", name);
        return INTERFACES_MAX;
}

static void add_mac(struct network *network, unsigned n, const char *mac)
{
        if (mac == NULL)
                return;
        network->interface[n].has_mac = interface_mac_parse(mac, network->interface[n].mac);
        if (!network->interface[n].has_mac)
                warn(network, "not a MAC address:", mac);
}

/* ---- Version 2 ---- */

static void read_ethernet(struct network *network, const struct node *ethernet)
{
        const unsigned n = next_interface(network, ethernet->key);
        if (n == INTERFACES_MAX)
                return;
        add_mac(network, n, node_get_text(node_get(ethernet, "match"), "macaddress"));
        const struct node *addresses = node_get(ethernet, "addresses"), *routes = node_get(ethernet, "routes");
        for (const struct node *a = addresses != NULL ? addresses->first : NULL; a != NULL; a = a->next) {
                if (node_text(a) != NULL)
                        add_address(network, n, node_text(a), NULL);
        }
        if (node_is_true(node_get(ethernet, "dhcp4")))
                add_automatic(network, n, false);
        if (node_is_true(node_get(ethernet, "dhcp6")) || node_is_true(node_get(ethernet, "accept-ra")))
                add_automatic(network, n, true);
        static const char *const gateways[] = {"gateway4", "gateway6"};
        for (unsigned i = 0; i < 2; i++) {
                const char *gateway = node_get_text(ethernet, gateways[i]);
                if (gateway != NULL)
                        add_gateway(network, n, gateway);
        }
        for (const struct node *r = routes != NULL ? routes->first : NULL; r != NULL; r = r->next) {
                const char *to = node_get_text(r, "to"), *via = node_get_text(r, "via");
                if (to != NULL && via != NULL && is_default_route(to))
                        add_gateway(network, n, via);
                else if (to != NULL)
                        warn(network, "only a default route is taken, not one to", to);
        }
        add_servers(network, node_get(node_get(ethernet, "nameservers"), "addresses"));
}

static void read_version_2(struct network *network, const struct node *root)
{
        const struct node *ethernets = node_get(root, "ethernets");
        if (ethernets == NULL || ethernets->kind != NODE_MAP)
                return;
        for (const struct node *ethernet = ethernets->first; ethernet != NULL; ethernet = ethernet->next)
                read_ethernet(network, ethernet);
}

/* ---- Version 1 ---- */

static void read_subnet(struct network *network, unsigned n, const struct node *subnet)
{
        const char *type = node_get_text(subnet, "type"), *address = node_get_text(subnet, "address");
        const char *gateway = node_get_text(subnet, "gateway");
        if (type == NULL)
                return;
        if (strncmp(type, "static", 6) == 0 && address != NULL)
                add_address(network, n, address, node_get_text(subnet, "netmask"));
        else if (strcmp(type, "dhcp") == 0 || strcmp(type, "dhcp4") == 0)
                add_automatic(network, n, false);
        else if (strcmp(type, "dhcp6") == 0 || strncmp(type, "ipv6_", 5) == 0)
                add_automatic(network, n, true);
        else
                warn(network, "a subnet of the type", type);
        if (gateway != NULL)
                add_gateway(network, n, gateway);
        add_servers(network, node_get(subnet, "dns_nameservers"));
}

static void read_version_1(struct network *network, const struct node *root)
{
        const struct node *config = node_get(root, "config");
        for (const struct node *item = config != NULL ? config->first : NULL; item != NULL; item = item->next) {
                const char *type = node_get_text(item, "type"), *name = node_get_text(item, "name");
                if (type != NULL && strcmp(type, "nameserver") == 0) {
                        add_servers(network, node_get(item, "address"));
                } else if (type != NULL && strcmp(type, "physical") == 0) {
                        const unsigned n = next_interface(network, name != NULL ? name : "");
                        const struct node *subnets = node_get(item, "subnets");
                        if (n != INTERFACES_MAX)
                                add_mac(network, n, node_get_text(item, "mac_address"));
                        if (n == INTERFACES_MAX || subnets == NULL)
                                continue;
                        for (const struct node *subnet = subnets->first; subnet != NULL; subnet = subnet->next)
                                read_subnet(network, n, subnet);
                } else {
                        warn(network, "an item of the type", type != NULL ? type : "");
                }
        }
}

/* ---- OpenStack ---- */

static void read_openstack_network(struct network *network, const struct node *item)
{
        const char *link = node_get_text(item, "link"), *type = node_get_text(item, "type");
        const char *address = node_get_text(item, "ip_address");
        const struct node *routes = node_get(item, "routes");
        unsigned n = 0;
        while (n < network->count &&
               (link == NULL || network->interface[n].id == NULL || strcmp(network->interface[n].id, link) != 0))
                n++;
        if (n == network->count || type == NULL) {
                warn(network, "a network of no link:", link != NULL ? link : "");
                return;
        }
        if (strcmp(type, "ipv4_dhcp") == 0)
                add_automatic(network, n, false);
        else if (strncmp(type, "ipv6_", 5) == 0)
                add_automatic(network, n, true);
        else if (address != NULL)
                add_address(network, n, address, node_get_text(item, "netmask"));
        for (const struct node *r = routes != NULL ? routes->first : NULL; r != NULL; r = r->next) {
                const char *to = node_get_text(r, "network"), *via = node_get_text(r, "gateway");
                if (to != NULL && via != NULL && is_default_route(to))
                        add_gateway(network, n, via);
        }
        const struct node *services = node_get(item, "services");
        for (const struct node *s = services != NULL ? services->first : NULL; s != NULL; s = s->next)
                add_servers(network, node_get(s, "address"));
}

static void read_openstack(struct network *network, const struct node *root)
{
        const struct node *links = node_get(root, "links"), *networks = node_get(root, "networks");
        const struct node *services = node_get(root, "services");
        for (const struct node *link = links->first; link != NULL; link = link->next) {
                const char *id = node_get_text(link, "id");
                const unsigned n = next_interface(network, id != NULL ? id : "");
                if (n == INTERFACES_MAX)
                        continue;
                network->interface[n].id = id;
                add_mac(network, n, node_get_text(link, "ethernet_mac_address"));
        }
        for (const struct node *item = networks != NULL ? networks->first : NULL; item != NULL; item = item->next)
                read_openstack_network(network, item);
        for (const struct node *s = services != NULL ? services->first : NULL; s != NULL; s = s->next)
                add_servers(network, node_get(s, "address"));
}

/* ---- As words ---- */

static void set_side(const struct network *network, unsigned n, bool ipv6, char to[INTERFACE_VALUE_MAX])
{
        const struct side *side = &network->interface[n].side[ipv6];
        struct text value = side->address;
        to[0] = '\0';
        if (value.length == 0 && !value.cut)
                return;
        if (side->gateway.length != 0 && strchr(side->address.data, '/') != NULL) {
                append(&value, ",gw=");
                append(&value, side->gateway.data);
        }
        char number[4];
        format_text(number, sizeof(number), "%u", n + 1);
        if (value.cut || side->gateway.cut)
                warn(network, "longer than any address: that of interface", number);
        else
                memcpy(to, value.data, value.length + 1);
}

static void set_words(const struct network *network)
{
        struct interface_words interfaces[INTERFACES_MAX];
        for (unsigned n = 0; n < network->count; n++) {
                interfaces[n].has_mac = network->interface[n].has_mac;
                memcpy(interfaces[n].mac, network->interface[n].mac, sizeof(interfaces[n].mac));
                set_side(network, n, false, interfaces[n].value[0]);
                set_side(network, n, true, interfaces[n].value[1]);
        }
        interfaces_set(network->source, interfaces, network->count);
        if (network->servers.cut)
                warn(network, "more name servers than there is room for:", network->servers.data);
        else if (network->servers.length != 0)
                instance_value(network->source, "coracle.dns", network->servers.data);
}

void cloud_network(const struct instance_source *source, const char *text, size_t bytes)
{
        char why[120];
        struct instance_shown shown;
        struct network network = {.source = source};
        struct node *root = document_parse(text, bytes, why, sizeof(why));
        const struct node *top = node_get(root, "network") != NULL ? node_get(root, "network") : root;
        const char *version = node_get_text(top, "version");
        if (root == NULL) {
                if (why[0] != '\0')
                        log_warning("instance", "%s: network: %s; it is ignored", source->name,
                                    instance_shown(why, &shown));
                return;
        }
        if (node_get(root, "links") != NULL)
                read_openstack(&network, root);
        else if (version != NULL && strcmp(version, "2") == 0)
                read_version_2(&network, top);
        else if (version != NULL && strcmp(version, "1") == 0)
                read_version_1(&network, top);
        else
                warn(&network, "neither version 1 or 2 nor OpenStack's, but version", version != NULL ? version : "");
        set_words(&network);
        document_free(root);
}
