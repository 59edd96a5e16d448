/* What coracle/stats.h tells about the network. */
#include <string.h>

#include <coracle/netdev_driver.h>
#include <coracle/stats.h>

#include "network.h"
#include "lwip/priv/tcp_priv.h"

int coracle_netdev_stats(unsigned index, struct coracle_netdev_stats *stats)
{
        struct netdev *device = netdev_get(index);
        if (device == NULL)
                return -1;
        struct netdev_info info;
        struct netdev_statistics counts;
        netdev_info(device, &info);
        netdev_statistics(device, &counts);
        *stats = (struct coracle_netdev_stats){.driver = info.driver,
                                               .link_up = netdev_link_up(device),
                                               .disabled = device->disabled,
                                               .rx_packets = counts.rx_packets,
                                               .rx_bytes = counts.rx_bytes,
                                               .rx_dropped = counts.rx_dropped,
                                               .rx_errors = counts.rx_errors,
                                               .tx_packets = counts.tx_packets,
                                               .tx_bytes = counts.tx_bytes,
                                               .tx_dropped = counts.tx_dropped,
                                               .tx_errors = counts.tx_errors};
        memcpy(stats->name, info.name, sizeof(stats->name));
        memcpy(stats->mac, info.mac, sizeof(stats->mac));
        for (unsigned i = 0; i < network_interface_count; i++)
                if (network_interfaces[i]->device == device)
                        stats->rx_dropped += network_interfaces[i]->no_memory;
        return 0;
}

static enum coracle_tcp_state state_of(enum tcp_state state)
{
        switch (state) {
        case LISTEN:
                return CORACLE_TCP_LISTEN;
        case SYN_SENT:
                return CORACLE_TCP_SYN_SENT;
        case SYN_RCVD:
                return CORACLE_TCP_SYN_RECEIVED;
        case ESTABLISHED:
                return CORACLE_TCP_ESTABLISHED;
        case FIN_WAIT_1:
                return CORACLE_TCP_FIN_WAIT_1;
        case FIN_WAIT_2:
                return CORACLE_TCP_FIN_WAIT_2;
        case CLOSE_WAIT:
                return CORACLE_TCP_CLOSE_WAIT;
        case CLOSING:
                return CORACLE_TCP_CLOSING;
        case LAST_ACK:
                return CORACLE_TCP_LAST_ACK;
        case TIME_WAIT:
                return CORACLE_TCP_TIME_WAIT;
        case CLOSED:
        default:
                return CORACLE_TCP_CLOSED;
        }
}

void coracle_tcp_stats(unsigned counts[CORACLE_TCP_STATES])
{
        memset(counts, 0, CORACLE_TCP_STATES * sizeof(counts[0]));
        network_enter();
        for (size_t i = 0; i < NUM_TCP_PCB_LISTS; i++)
                for (const struct tcp_pcb *pcb = *tcp_pcb_lists[i]; pcb != NULL; pcb = pcb->next)
                        counts[state_of(pcb->state)]++;
        network_leave();
}

const char *coracle_tcp_state_name(enum coracle_tcp_state state)
{
        static const char *const names[CORACLE_TCP_STATES] = {
                "listen",     "syn_sent", "syn_received", "established", "fin_wait_1", "fin_wait_2",
                "close_wait", "closing",  "last_ack",     "time_wait",   "closed",
        };
        return (unsigned)state < CORACLE_TCP_STATES ? names[state] : "unknown";
}
