/* The guest's interfaces and their addresses as programs see them: getifaddrs, if_nametoindex and their siblings. */
#include <errno.h>
#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>

#include <net/if.h>
#include <netinet/in.h>

#include "network.h"

/* Devices are called as the device class calls them ("net0"), the loopback interface "lo". */
static const char *name_of(const struct netif *netif)
{
        if (netif->name[0] == 'l')
                return "lo";
        return ((const struct interface *)netif->state)->info.name;
}

unsigned if_nametoindex(const char *name)
{
        unsigned index = 0;
        struct netif *netif;
        network_enter();
        NETIF_FOREACH(netif)
        if (strcmp(name_of(netif), name) == 0)
                index = netif_get_index(netif);
        network_leave();
        if (index == 0)
                errno = ENODEV;
        return index;
}

char *if_indextoname(unsigned index, char *name)
{
        network_enter();
        const struct netif *netif = index <= UINT8_MAX ? netif_get_by_index((u8_t)index) : NULL;
        if (netif != NULL)
                strcpy(name, name_of(netif));
        network_leave();
        if (netif != NULL)
                return name;
        errno = ENXIO;
        return NULL;
}

struct if_nameindex *if_nameindex(void)
{
        size_t count = network_interface_count + 2;
        struct if_nameindex *list = calloc(count, sizeof(*list) + IF_NAMESIZE);
        if (list == NULL) {
                errno = ENOBUFS;
                return NULL;
        }
        char *names = (char *)&list[count];
        unsigned i = 0;
        struct netif *netif;
        network_enter();
        NETIF_FOREACH(netif)
        {
                if (i + 1 == count)
                        break;
                list[i].if_index = netif_get_index(netif);
                list[i].if_name = strcpy(names + i * IF_NAMESIZE, name_of(netif));
                i++;
        }
        network_leave();
        return list;
}

void if_freenameindex(struct if_nameindex *list)
{
        free(list);
}

/* One block for each address: freeifaddrs frees it. */
struct entry {
        struct ifaddrs info; /* first */
        char name[IF_NAMESIZE];
        struct sockaddr_in in, mask, broadcast;
        struct sockaddr_in6 in6, mask6;
};

static struct entry *new_entry(const struct netif *netif)
{
        struct entry *entry = calloc(1, sizeof(*entry));
        if (entry == NULL)
                return NULL;
        strcpy(entry->name, name_of(netif));
        entry->info.ifa_name = entry->name;
        bool loop = netif->name[0] == 'l';
        entry->info.ifa_flags = loop ? IFF_LOOPBACK : IFF_BROADCAST | IFF_MULTICAST;
        if (netif_is_up(netif))
                entry->info.ifa_flags |= IFF_UP;
        if (loop || netif_is_link_up(netif))
                entry->info.ifa_flags |= IFF_RUNNING;
        return entry;
}

static struct entry *ipv4_entry(const struct netif *netif)
{
        struct entry *entry = new_entry(netif);
        if (entry == NULL)
                return NULL;
        entry->in.sin_family = entry->mask.sin_family = entry->broadcast.sin_family = AF_INET;
        entry->in.sin_addr.s_addr = ip4_addr_get_u32(netif_ip4_addr(netif));
        entry->mask.sin_addr.s_addr = ip4_addr_get_u32(netif_ip4_netmask(netif));
        entry->broadcast.sin_addr.s_addr = entry->in.sin_addr.s_addr | ~entry->mask.sin_addr.s_addr;
        entry->info.ifa_addr = (struct sockaddr *)&entry->in;
        entry->info.ifa_netmask = (struct sockaddr *)&entry->mask;
        if (entry->info.ifa_flags & IFF_BROADCAST)
                entry->info.ifa_broadaddr = (struct sockaddr *)&entry->broadcast;
        return entry;
}

static struct entry *ipv6_entry(const struct netif *netif, s8_t slot)
{
        struct entry *entry = new_entry(netif);
        if (entry == NULL)
                return NULL;
        const ip6_addr_t *address = netif_ip6_addr(netif, slot);
        unsigned prefix = ip6_addr_isloopback(address) ? 128 : 64;
        const struct interface *interface = netif->state;
        if (prefix == 64 && netif_ip6_addr_isstatic(netif, slot) && !ip6_addr_islinklocal(address) &&
            interface->ipv6_prefix != 0)
                prefix = interface->ipv6_prefix;
        entry->in6.sin6_family = entry->mask6.sin6_family = AF_INET6;
        memcpy(&entry->in6.sin6_addr, address->addr, 16);
        if (ip6_addr_islinklocal(address))
                entry->in6.sin6_scope_id = netif_get_index(netif);
        for (unsigned bit = 0; bit < prefix; bit++)
                entry->mask6.sin6_addr.s6_addr[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
        entry->info.ifa_addr = (struct sockaddr *)&entry->in6;
        entry->info.ifa_netmask = (struct sockaddr *)&entry->mask6;
        return entry;
}

static bool append(struct ifaddrs ***link, struct entry *entry)
{
        if (entry == NULL)
                return false;
        **link = &entry->info;
        *link = &entry->info.ifa_next;
        return true;
}

int getifaddrs(struct ifaddrs **list)
{
        struct ifaddrs **link = list;
        struct netif *netif;
        bool memory = true;
        *list = NULL;
        network_enter();
        NETIF_FOREACH(netif)
        {
                if (!ip4_addr_isany_val(*netif_ip4_addr(netif)))
                        memory &= append(&link, ipv4_entry(netif));
                for (s8_t i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
                        if (ip6_addr_isvalid(netif_ip6_addr_state(netif, i)))
                                memory &= append(&link, ipv6_entry(netif, i));
        }
        network_leave();
        if (memory)
                return 0;
        freeifaddrs(*list);
        errno = ENOMEM;
        return -1;
}

void freeifaddrs(struct ifaddrs *list)
{
        while (list != NULL) {
                struct ifaddrs *next = list->ifa_next;
                free(list);
                list = next;
        }
}
