/*
 * lwIP's configuration. Raw API only (NO_SYS): libos/net is the socket layer, and calls lwIP under one core lock.
 * Sizes that depend on the guest's memory are variables, set once at start (libos/net/limits.c).
 */
#ifndef CORACLE_LWIPOPTS_H
#define CORACLE_LWIPOPTS_H

#include <stddef.h>
#include <stdint.h>

#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET          0
#define LWIP_NETCONN         0
#define LWIP_STATS           0
#define LWIP_TIMERS          1
#define LWIP_TIMERS_CUSTOM   1 /* libos/net/timers.c: idle guests do not tick */
#define LWIP_ASSERT_CORE_LOCKED()

/* ---- Memory: libos/net/heap.c and pools.c ---- */
#define MEM_ALIGNMENT        8
#define MEM_CUSTOM_ALLOCATOR 1
#define MEM_CUSTOM_MALLOC    network_heap_alloc
#define MEM_CUSTOM_FREE      network_heap_free
#define MEM_CUSTOM_CALLOC    network_heap_calloc
#define MEM_SIZE             65536u /* only its type matters: sizes are 32 bits wide */
void *network_heap_alloc(size_t bytes);
void *network_heap_calloc(size_t count, size_t bytes);
void network_heap_free(void *block);
#define MEMP_MEM_MALLOC          1
#define LWIP_PBUF_REF_T          u16_t
#define LWIP_SUPPORT_CUSTOM_PBUF 1
#define PBUF_POOL_BUFSIZE        1536
#define PBUF_LINK_HLEN           14
#define ETH_PAD_SIZE             0

/* ---- Link and IP ---- */
#define LWIP_ETHERNET                 1
#define LWIP_ARP                      1
#define ARP_TABLE_SIZE                32
#define ARP_QUEUEING                  1
#define ARP_QUEUE_LEN                 16
#define ETHARP_SUPPORT_STATIC_ENTRIES 0
#define ETHARP_TABLE_MATCH_NETIF      1
#define LWIP_IPV4                     1
#define IP_FORWARD                    0
#define IP_REASSEMBLY                 1
#define IP_FRAG                       1
#define IP_REASS_MAX_PBUFS            64
#define MEMP_NUM_REASSDATA            16
#define IP_REASS_MAXAGE               15
#define IP_OPTIONS_ALLOWED            1
#define LWIP_ICMP                     1
#define LWIP_RAW                      1
#define LWIP_BROADCAST_PING           0
#define LWIP_MULTICAST_PING           0
#define LWIP_IGMP                     1
#define LWIP_MULTICAST_TX_OPTIONS     1
#define IP_SOF_BROADCAST              1
#define IP_SOF_BROADCAST_RECV         0
#define LWIP_ACD                      0 /* probing an address costs seconds that a booting guest does not have */
#define LWIP_DHCP                     1
#define LWIP_DHCP_DOES_ACD_CHECK      0
#define LWIP_AUTOIP                   0
#define LWIP_DNS                      1 /* the server list only (libos/net/names); the resolver is ours */
#define DNS_MAX_SERVERS               4

#define LWIP_IPV6                       1
#define LWIP_IPV6_REASS                 1
#define LWIP_IPV6_FRAG                  1
#define IPV6_FRAG_COPYHEADER            1 /* its bookkeeping holds a 64-bit pointer */
#define LWIP_IPV6_FORWARD               0
#define LWIP_IPV6_AUTOCONFIG            1
#define LWIP_IPV6_NUM_ADDRESSES         4
#define LWIP_IPV6_DUP_DETECT_ATTEMPTS   1
#define LWIP_IPV6_SEND_ROUTER_SOLICIT   1
#define LWIP_IPV6_MLD                   1
#define LWIP_IPV6_SCOPES                1
#define LWIP_ND6_QUEUEING               1
#define LWIP_ND6_NUM_NEIGHBORS          32
#define LWIP_ND6_NUM_DESTINATIONS       64
#define LWIP_ND6_NUM_ROUTERS            4
#define LWIP_ND6_NUM_PREFIXES           8
#define LWIP_ND6_TCP_REACHABILITY_HINTS 1
#define LWIP_ND6_ALLOW_RA_UPDATES       1
#define LWIP_ND6_RDNSS_MAX_DNS_SERVERS  2
#define LWIP_ICMP6                      1

/* ---- Interfaces ---- */
#define LWIP_NETIF_HOSTNAME            1
#define LWIP_NETIF_STATUS_CALLBACK     1
#define LWIP_NETIF_EXT_STATUS_CALLBACK 0
#define LWIP_HAVE_LOOPIF               1
#define LWIP_NETIF_LOOPBACK            1
#define LWIP_LOOPBACK_MAX_PBUFS        1024
#define LWIP_NETIF_TX_SINGLE_PBUF      0
#define LWIP_CHECKSUM_CTRL_PER_NETIF   1
#define LWIP_CHECKSUM_ON_COPY          0

/* ---- UDP and TCP ---- */
#define LWIP_UDP                   1
#define LWIP_UDPLITE               0
#define LWIP_NETBUF_RECVINFO       0
#define SO_REUSE                   1
#define SO_REUSE_RXTOALL           0
#define LWIP_TCP                   1
#define LWIP_TCP_KEEPALIVE         1
#define LWIP_WND_SCALE             1
#define TCP_RCV_SCALE              4
#define TCP_MSS                    8960 /* the most; each connection uses what the interface's MTU allows */
#define TCP_OVERSIZE               1024
#define TCP_LISTEN_BACKLOG         1
#define TCP_DEFAULT_LISTEN_BACKLOG 255
#define TCP_QUEUE_OOSEQ            1
#define LWIP_TCP_SACK_OUT          1
#define LWIP_TCP_TIMESTAMPS        0
#define LWIP_TCP_PCB_NUM_EXT_ARGS  2 /* recovery.c, acceptance.c */
#define TCP_CALCULATE_EFF_SEND_MSS 1
#define TCP_SYNMAXRTX              5
#define TCP_MAXRTX                 12

extern uint32_t network_tcp_window;      /* receive window of a connection, bytes */
extern uint32_t network_tcp_send_copies; /* bytes a connection may have queued for sending when they are copied */
extern uint32_t network_tcp_send_buffer; /* the same when they go out from where they lie */
#define TCP_WND                    network_tcp_window
#define TCP_SND_BUF                network_tcp_send_buffer
#define TCP_PIECES_OF(bytes)       ((bytes) / 256u + 16u)
#define TCP_SND_QUEUELEN           TCP_PIECES_OF(network_tcp_send_buffer)
#define TCP_SNDLOWAT               (network_tcp_send_buffer / 3u)
#define TCP_SNDQUEUELOWAT          (TCP_SND_QUEUELEN / 2u)
#define TCP_WND_UPDATE_THRESHOLD   (network_tcp_window / 4u)
#define TCP_OOSEQ_MAX_BYTES        network_tcp_window
#define TCP_OOSEQ_BYTES_LIMIT(pcb) TCP_OOSEQ_MAX_BYTES
#define TCP_OOSEQ_PBUFS_LIMIT(pcb) 512

/*
 * The timer's step. lwIP's 250 ms makes the least retransmission time-out 1 s and a delayed ACK up to 250 ms late;
 * RFC 1122 4.2.3.2 asks for less than 500 ms, Linux uses 40 ms and a least time-out of 200 ms.
 */
#define TCP_TMR_INTERVAL      50
/*
 * TIME_WAIT lasts two of these. RFC 9293 says 2 minutes and lets implementations choose; a guest that serves short
 * connections would fill its memory with finished ones.
 */
#define TCP_MSL               1000ul
/* Keepalive is on for every connection unless the program turns it off: a dead peer is gone in about 4 minutes. */
#define TCP_KEEPIDLE_DEFAULT  120000ul
#define TCP_KEEPINTVL_DEFAULT 15000ul
#define TCP_KEEPCNT_DEFAULT   8u
#define LWIP_TCP_RTO_TIME     1000 /* RFC 6298 section 2.1: the first time-out is 1 s */

#define LWIP_HOOK_FILENAME "hooks.h"

#endif
