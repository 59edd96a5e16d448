/*
 * lwIP's memory pools (lwip/memp.h), replaced: every kind of structure comes from the network heap; the kinds that a
 * stranger can make us allocate without end have a limit each.
 */
#include "lwip/memp.h"
#include "lwip/raw.h"
#include "lwip/udp.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/ip4_frag.h"
#include "lwip/ip6_frag.h"
#include "lwip/etharp.h"
#include "lwip/igmp.h"
#include "lwip/mld6.h"
#include "lwip/priv/nd6_priv.h"

#include "network.h"

static const uint16_t pool_bytes[MEMP_MAX] = {
#define LWIP_MEMPOOL(name, num, size, desc) [MEMP_##name] = (uint16_t)(size),
#include "lwip/priv/memp_std.h"
};

static unsigned in_use[MEMP_MAX];

static unsigned pool_limit(memp_t type)
{
        switch (type) {
        case MEMP_TCP_PCB:
                return network_limits.tcp_connections;
        case MEMP_REASSDATA:
        case MEMP_IP6_REASSDATA:
                return MEMP_NUM_REASSDATA;
        case MEMP_ARP_QUEUE:
        case MEMP_ND6_QUEUE:
                return 64;
        default:
                return UINT32_MAX;
        }
}

void memp_init(void)
{
}

void *memp_malloc(memp_t type)
{
        if (in_use[type] >= pool_limit(type))
                return NULL;
        void *block = network_heap_alloc(pool_bytes[type]);
        if (block != NULL)
                in_use[type]++;
        return block;
}

void memp_free(memp_t type, void *block)
{
        if (block == NULL)
                return;
        in_use[type]--;
        network_heap_free(block);
}
