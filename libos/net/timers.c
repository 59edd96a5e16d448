/*
 * lwIP's periodic work, run only while there is some: an idle guest wakes once a second (ARP and neighbour ages),
 * and every 50 ms only while TCP connections exist. Replaces lwip/timeouts.h; core lock held.
 */
#include <platform.h>

#include "network.h"

#include "lwip/dhcp.h"
#include "lwip/etharp.h"
#include "lwip/igmp.h"
#include "lwip/ip4_frag.h"
#include "lwip/ip6_frag.h"
#include "lwip/mld6.h"
#include "lwip/nd6.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/dhcp.h"
#include "lwip/prot/igmp.h"
#include "lwip/sys.h"
#include "lwip/timeouts.h"

static bool tcp_needed(void)
{
        return tcp_active_pcbs != NULL || tcp_tw_pcbs != NULL;
}

static bool interfaces_exist(void)
{
        return network_interface_count != 0;
}

static void every_second(void)
{
        etharp_tmr();
        ip_reass_tmr();
        ip6_reass_tmr();
        nd6_tmr();
}

/* True while a request of ours is unanswered. */
static bool dhcp_asks(void)
{
        for (unsigned i = 0; i < network_interface_count; i++) {
                const struct dhcp *dhcp = netif_dhcp_data(&network_interfaces[i]->netif);
                if (dhcp != NULL && dhcp->state != DHCP_STATE_BOUND && dhcp->state != DHCP_STATE_OFF)
                        return true;
        }
        return false;
}

static bool dhcp_used(void)
{
        for (unsigned i = 0; i < network_interface_count; i++)
                if (netif_dhcp_data(&network_interfaces[i]->netif) != NULL)
                        return true;
        return false;
}

/* True while a membership report waits for its moment. */
static bool reports_wait(void)
{
        for (unsigned i = 0; i < network_interface_count; i++) {
                const struct netif *netif = &network_interfaces[i]->netif;
                for (const struct igmp_group *group = netif_igmp_data(netif); group != NULL; group = group->next)
                        if (group->timer != 0)
                                return true;
                for (const struct mld_group *group = netif_mld6_data(netif); group != NULL; group = group->next)
                        if (group->timer != 0)
                                return true;
        }
        return false;
}

static void send_reports(void)
{
        igmp_tmr();
        mld6_tmr();
}

static struct periodic {
        void (*work)(void);
        bool (*needed)(void);
        uint64_t interval;
        uint64_t due; /* 0: not running */
} periodic[] = {
        {tcp_tmr, tcp_needed, TCP_TMR_INTERVAL *NETWORK_MILLISECOND, 0},
        {every_second, interfaces_exist, NETWORK_SECOND, 0},
        {dhcp_fine_tmr, dhcp_asks, DHCP_FINE_TIMER_MSECS *NETWORK_MILLISECOND, 0},
        {dhcp_coarse_tmr, dhcp_used, DHCP_COARSE_TIMER_SECS *NETWORK_SECOND, 0},
        {send_reports, reports_wait, IGMP_TMR_INTERVAL *NETWORK_MILLISECOND, 0},
};
#define PERIODIC (sizeof(periodic) / sizeof(periodic[0]))

/* lwIP registers a first connection: start the TCP timer. */
void tcp_timer_needed(void)
{
        if (periodic[0].due == 0 && tcp_needed()) {
                periodic[0].due = platform_clock_monotonic() + periodic[0].interval;
                network_kick();
        }
}

u32_t sys_now(void)
{
        return (u32_t)(platform_clock_monotonic() / NETWORK_MILLISECOND);
}

void network_timers_run(void)
{
        uint64_t now = platform_clock_monotonic();
        for (unsigned i = 0; i < PERIODIC; i++) {
                struct periodic *this = &periodic[i];
                if (this->due != 0 && this->due <= now) {
                        this->work();
                        /* After a long pause the missed periods are not made up for. */
                        this->due =
                                now - this->due < this->interval ? this->due + this->interval : now + this->interval;
                }
                if (!this->needed())
                        this->due = 0;
                else if (this->due == 0)
                        this->due = now + this->interval;
        }
}

uint64_t network_timers_next(void)
{
        uint64_t next = PLATFORM_FOREVER;
        for (unsigned i = 0; i < PERIODIC; i++)
                if (periodic[i].due != 0 && periodic[i].due < next)
                        next = periodic[i].due;
        return next;
}
