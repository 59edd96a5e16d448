/*
 * Brings the network up: lwIP, one interface for each device, addresses from the command line or from DHCP and router
 * advertisements, and the network thread. A static address is usable when network_start returns; the rest goes on in
 * the background.
 */
#include <errno.h>
#include <string.h>

#include <platform.h>
#include <coracle/init.h>
#include <coracle/log.h>
#include <coracle/memory.h>
#include <coracle/options.h>
#include <coracle/sched.h>

#include "config.h"
#include "names/names.h"
#include "network.h"

#include "lwip/dhcp.h"
#include "lwip/etharp.h"
#include "lwip/igmp.h"
#include "lwip/ip6.h"
#include "lwip/nd6.h"
#include "lwip/netif.h"
#include "lwip/raw.h"
#include "lwip/udp.h"
#include "lwip/priv/tcp_priv.h"

#include LWIP_HOOK_FILENAME

#define OPTIONS_LAST          5u
#define EXIT_BAD_COMMAND_LINE 2 /* as core/boot.c */
#define CONFIGURE_TIME        (10 * NETWORK_SECOND)

static struct spinlock configured_lock = SPINLOCK_INIT;
static struct wait_queue configured = WAIT_QUEUE_INIT(configured);
static uint64_t configure_deadline;

static bool reaches_others(const struct netif *netif)
{
        if (!ip4_addr_isany_val(*netif_ip4_addr(netif)))
                return true;
        for (s8_t i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
                if (ip6_addr_ispreferred(netif_ip6_addr_state(netif, i)) &&
                    !ip6_addr_islinklocal(netif_ip6_addr(netif, i)))
                        return true;
        return false;
}

static bool any_reaches_others(void)
{
        for (unsigned i = 0; i < network_interface_count; i++)
                if (reaches_others(&network_interfaces[i]->netif))
                        return true;
        return false;
}

static void log_address(const struct netif *netif)
{
        const struct interface *interface = netif->state;
        uint8_t bytes[4];
        u32_t address = ip4_addr_get_u32(netif_ip4_addr(netif));
        memcpy(bytes, &address, sizeof(bytes));
        char text[IPV4_TEXT_MAX];
        ipv4_to_text(bytes, text);
        log_info("net", "%s: address %s", interface->info.name, text);
}

/* lwIP: an address of the interface changed. */
static void status_changed(struct netif *netif)
{
        struct interface *interface = netif->state;
        if (!ip4_addr_eq(netif_ip4_addr(netif), &interface->told)) {
                interface->told = *netif_ip4_addr(netif);
                log_address(netif);
        }
        spin_lock(&configured_lock);
        wait_queue_wake_all(&configured);
        spin_unlock(&configured_lock);
}

int network_wait_configured(void)
{
        while (!any_reaches_others()) {
                if (network_interface_count == 0)
                        return -ENETDOWN;
                if (platform_clock_monotonic() >= configure_deadline)
                        return -ETIMEDOUT;
                network_leave();
                spin_lock(&configured_lock);
                if (!any_reaches_others())
                        (void)wait_queue_sleep(&configured, &configured_lock, configure_deadline);
                spin_unlock(&configured_lock);
                network_enter();
        }
        return 0;
}

_Noreturn static void refuse(const char *key, const char *value, const char *why)
{
        log_error("net", "coracle.%s=%s: %s", key, value, why);
        platform_exit(EXIT_BAD_COMMAND_LINE);
}

/*
 * The configuration of the index-th interface: coracle.ip and coracle.ip0 are the first's. Interfaces beyond the sixth
 * have no options ("ip6" is IPv6's). Exits on a wrong word.
 */
static void read_config(unsigned index, bool ipv6, struct address_config *config)
{
        char key[16], why[160];
        format_text(key, sizeof(key), ipv6 ? "ip6_%u" : "ip%u", index);
        const char *value = index <= OPTIONS_LAST ? option_get(key) : NULL;
        if (value == NULL && index == 0) {
                format_text(key, sizeof(key), ipv6 ? "ip6" : "ip");
                value = option_get(key);
        }
        *config = (struct address_config){.mode = ADDRESS_AUTOMATIC};
        if (value == NULL || address_config_parse(value, ipv6, config, why, sizeof(why)))
                return;
        refuse(key, value, why);
}

/* coracle.dns=ADDRESS[,ADDRESS...]: name servers for those whose addresses come from DHCP. */
static void read_name_servers(void)
{
        const char *value = option_get("dns");
        for (const char *at = value; at != NULL; at = strchr(at, ',') != NULL ? strchr(at, ',') + 1 : NULL) {
                char word[IPV6_TEXT_MAX];
                ip_addr_t server;
                size_t length = strcspn(at, ",");
                if (length < sizeof(word)) {
                        memcpy(word, at, length);
                        word[length] = '\0';
                }
                if (length >= sizeof(word) ||
                    (!address_parse(word, false, &server) && !address_parse(word, true, &server)))
                        refuse("dns", value, "not a list of IP addresses");
                name_server_add_static(&server);
        }
}

static void configure_ipv4(struct netif *netif, const struct address_config *config)
{
        if (config->mode == ADDRESS_AUTOMATIC) {
                if (dhcp_start(netif) != ERR_OK)
                        log_error("net", "no memory for DHCP");
        } else if (config->mode == ADDRESS_STATIC) {
                ip4_addr_t mask, gateway = {0};
                ip4_addr_set_u32(&mask, lwip_htonl(UINT32_MAX << (32 - config->prefix)));
                if (config->has_gateway)
                        gateway = *ip_2_ip4(&config->gateway);
                netif_set_addr(netif, ip_2_ip4(&config->address), &mask, &gateway);
        }
}

static void configure_ipv6(struct netif *netif, const struct address_config *config)
{
        if (config->mode == ADDRESS_NONE)
                return;
        netif_create_ip6_linklocal_address(netif, 1);
        if (config->mode == ADDRESS_AUTOMATIC) {
                netif_set_ip6_autoconfig_enabled(netif, 1);
                return;
        }
        s8_t slot;
        if (netif_add_ip6_address(netif, ip_2_ip6(&config->address), &slot) == ERR_OK)
                /* Its owner chose it: no duplicate address detection keeps it from being used at once. */
                netif_ip6_addr_set_state(netif, slot, IP6_ADDR_PREFERRED);
        struct interface *interface = netif->state;
        interface->ipv6_prefix = config->prefix;
        interface->ipv6_has_gateway = config->has_gateway;
        interface->ipv6_gateway = *ip_2_ip6(&config->gateway);
        ip6_addr_assign_zone(&interface->ipv6_gateway, IP6_UNICAST, netif);
}

static bool same_prefix(const ip6_addr_t *a, const ip6_addr_t *b, unsigned bits)
{
        for (unsigned i = 0; i < 4 && bits > 0; i++) {
                unsigned here = bits < 32 ? bits : 32;
                /* cppcheck-suppress shiftTooManyBits; bits, and so here, is at least 1 */
                u32_t mask = lwip_htonl(UINT32_MAX << (32 - here));
                if ((a->addr[i] ^ b->addr[i]) & mask)
                        return false;
                bits -= here;
        }
        return true;
}

const ip6_addr_t *network_ipv6_next_hop(struct netif *netif, const ip6_addr_t *destination)
{
        const struct interface *interface = netif->state;
        if (netif->linkoutput == NULL || interface->ipv6_prefix == 0)
                return NULL;
        for (s8_t i = 0; interface->ipv6_prefix < 64 && i < LWIP_IPV6_NUM_ADDRESSES; i++)
                if (netif_ip6_addr_isstatic(netif, i) && !ip6_addr_islinklocal(netif_ip6_addr(netif, i)) &&
                    same_prefix(netif_ip6_addr(netif, i), destination, interface->ipv6_prefix))
                        return destination;
        return interface->ipv6_has_gateway ? &interface->ipv6_gateway : NULL;
}

int network_has_router(void)
{
        for (unsigned i = 0; i < network_interface_count; i++)
                if (!ip4_addr_isany(netif_ip4_gw(&network_interfaces[i]->netif)))
                        return 1;
        return 0;
}

static void configure(struct interface *interface, const char *hostname)
{
        struct address_config ipv4, ipv6;
        struct netif *netif = &interface->netif;
        read_config(interface->index, false, &ipv4);
        read_config(interface->index, true, &ipv6);
        netif_set_status_callback(netif, status_changed);
        netif_set_hostname(netif, hostname);
        netif_set_up(netif);
        for (unsigned i = 0; i < ipv4.dns_count; i++)
                name_server_add_static(&ipv4.dns[i]);
        for (unsigned i = 0; i < ipv6.dns_count; i++)
                name_server_add_static(&ipv6.dns[i]);
        if (netif_default == NULL)
                netif_set_default(netif);
        configure_ipv4(netif, &ipv4);
        configure_ipv6(netif, &ipv6);
}

/* lwip_init without the parts that libos replaces. */
static void start_lwip(void)
{
        mem_init();
        memp_init();
        netif_init();
        ip_init();
        etharp_init();
        raw_init();
        udp_init();
        tcp_init();
        igmp_init();
}

static void tell_of_devices(void)
{
        uint8_t macs[OPTIONS_LAST + 1][6];
        unsigned count = 0;
        for (struct netdev *device; count <= OPTIONS_LAST && (device = netdev_get(count)) != NULL; count++) {
                struct netdev_info info;
                netdev_info(device, &info);
                memcpy(macs[count], info.mac, sizeof(macs[count]));
        }
        network_devices_known(macs, count);
}

void network_start(void)
{
        network_limits_set(memory_total());
        configure_deadline = platform_clock_monotonic() + CONFIGURE_TIME;
        unsigned devices = platform_probe_network();
        if (network_devices_known != NULL)
                tell_of_devices();
        const char *hostname = option_get("hostname");

        network_enter();
        start_lwip();
        for (unsigned i = 0; i < devices; i++) {
                int error = interface_add(i);
                if (error != 0)
                        log_error("net", "net%u cannot be used: error %d", i, -error);
        }
        read_name_servers();
        for (unsigned i = 0; i < network_interface_count; i++)
                configure(network_interfaces[i], hostname != NULL ? hostname : "coracle");
        int error = network_interface_count != 0 ? network_thread_start() : 0;
        network_leave();
        if (error != 0)
                platform_crash("no memory for the network thread");
}
