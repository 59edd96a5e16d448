/*
 * A network device as an lwIP interface: received buffers become pbufs without a copy, pbuf chains become
 * scatter-gather frames, and the device computes the TCP checksums it can. Core lock held throughout.
 *
 * A driver owns a fixed number of receive buffers. Invariant: the stack holds at most held_max of them, and half as
 * many more with small packets; what arrives beyond is copied, so that a socket nobody reads, or a segment out of
 * order, never starves the device.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include <platform.h>
#include <coracle/log.h>

#include "arrivals.h"
#include "offload.h"
#include "segments.h"

#include "lwip/etharp.h"
#include "lwip/ethip6.h"
#include "lwip/ip.h"
#include "lwip/ip6.h"
#include "lwip/pbuf.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/ethernet.h"
#include "lwip/prot/ip4.h"
#include "lwip/prot/ip6.h"
#include "netif/ethernet.h"

#define SMALL_PACKET      128u
#define RECEIVE_HELD_MOST 16u /* when the driver does not say how many buffers it has */

struct interface *network_interfaces[NETWORK_INTERFACES_MAX];
unsigned network_interface_count;

/* What a buffer carries in netdev_buffer.stack_data while lwIP has it. */
struct held_buffer {
        struct pbuf_custom pbuf;
        struct interface *interface;
        struct netdev_buffer *buffer;
};
_Static_assert(sizeof(struct held_buffer) <= sizeof(((struct netdev_buffer *)0)->stack_data), "fits");

/* ---- Receive ---- */

static void release_held(struct pbuf *pbuf)
{
        struct held_buffer *held = (struct held_buffer *)(void *)pbuf;
        held->interface->held--;
        held->buffer->release(held->buffer);
}

static void release_chain(struct netdev_buffer *buffer)
{
        while (buffer != NULL) {
                struct netdev_buffer *next = buffer->next;
                buffer->release(buffer);
                buffer = next;
        }
}

/* The packet without its Ethernet header, each piece a pbuf in place. */
static struct pbuf *hold(struct interface *interface, struct netdev_buffer *packet)
{
        struct pbuf *first = NULL, *last = NULL;
        uint32_t left = packet->total_length - ETHERNET_HEADER;
        uint32_t skip = ETHERNET_HEADER;
        for (struct netdev_buffer *piece = packet, *next; piece != NULL; piece = next) {
                next = piece->next;
                struct held_buffer *held = (struct held_buffer *)(void *)piece->stack_data;
                held->interface = interface;
                held->buffer = piece;
                held->pbuf.custom_free_function = release_held;
                u16_t length = (u16_t)(piece->length - skip);
                struct pbuf *pbuf =
                        pbuf_alloced_custom(PBUF_RAW, length, PBUF_REF, &held->pbuf, piece->data + skip, length);
                pbuf->tot_len = (u16_t)left;
                left -= length;
                skip = 0;
                interface->held++;
                if (last != NULL)
                        last->next = pbuf;
                else
                        first = pbuf;
                last = pbuf;
        }
        return first;
}

/*
 * Segments that wait for one before them are not acknowledged, and who sends them need not send that one. Of all that
 * strangers can fill memory with they are given up first (RFC 2018 section 8); the honest peer sends them again.
 */
static void shed_out_of_order(void)
{
        for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb != NULL; pcb = pcb->next)
                tcp_free_ooseq(pcb);
}

/* NULL: no memory for it; the packet is still there. The last of the memory is for the small ones. */
static struct pbuf *copy(struct netdev_buffer *packet)
{
        struct pbuf *pbuf = NULL;
        if (packet->total_length <= SMALL_PACKET || !network_heap_low())
                pbuf = pbuf_alloc(PBUF_RAW, (u16_t)(packet->total_length - ETHERNET_HEADER), PBUF_RAM);
        if (pbuf != NULL) {
                uint8_t *to = pbuf->payload;
                uint32_t skip = ETHERNET_HEADER;
                for (const struct netdev_buffer *piece = packet; piece != NULL; piece = piece->next) {
                        memcpy(to, piece->data + skip, piece->length - skip);
                        to += piece->length - skip;
                        skip = 0;
                }
                release_chain(packet);
        }
        return pbuf;
}

static unsigned pieces(const struct netdev_buffer *packet)
{
        unsigned count = 0;
        for (; packet != NULL; packet = packet->next)
                count++;
        return count;
}

/*
 * Small packets are held beyond the limit when memory is out: most are acknowledgements, which are done with at once
 * and give memory back.
 */
static struct pbuf *take(struct interface *interface, struct netdev_buffer *packet)
{
        unsigned after = interface->held + (packet->next == NULL ? 1 : pieces(packet));
        if (after <= interface->held_max)
                return hold(interface, packet);
        struct pbuf *pbuf = copy(packet);
        if (pbuf == NULL && packet->total_length <= SMALL_PACKET && after <= interface->held_max * 3 / 2)
                pbuf = hold(interface, packet);
        return pbuf;
}

static bool is_for_stack(const struct netdev_buffer *packet, u16_t type)
{
        const uint8_t *inside = packet->data + ETHERNET_HEADER;
        const uint32_t bytes = packet->length - ETHERNET_HEADER;
        switch (type) {
        case PP_HTONS(ETHTYPE_IP):
                return !arrival_ipv4_is_ours(inside);
        case PP_HTONS(ETHTYPE_IPV6):
                return bytes >= IP6_HLEN && !arrival_ipv6_is_ours(inside);
        case PP_HTONS(ETHTYPE_ARP):
                return bytes >= SIZEOF_ETHARP_HDR;
        default:
                return false;
        }
}

/* What lwIP's ethernet_input does, on a packet whose Ethernet header is read in place and never part of the pbuf. */
static void receive(void *ctx, struct netdev_buffer *packet)
{
        struct interface *interface = ctx;
        struct netif *netif = &interface->netif;
        if (packet->length < ETHERNET_HEADER + sizeof(struct ip_hdr) ||
            packet->total_length - ETHERNET_HEADER > UINT16_MAX) {
                release_chain(packet);
                return;
        }
        const struct eth_hdr *ethernet = (const struct eth_hdr *)(const void *)packet->data;
        u16_t type = ethernet->type;
        bool multicast = ethernet->dest.addr[0] & 1u;
        bool broadcast = multicast && eth_addr_eq(&ethernet->dest, &ethbroadcast);
        if (!is_for_stack(packet, type)) {
                release_chain(packet);
                return;
        }
        bool verify = !packet->checksum_good;
        struct pbuf *pbuf = take(interface, packet);
        if (pbuf == NULL) {
                interface->no_memory++;
                release_chain(packet);
                return;
        }
        pbuf->if_idx = netif_get_index(netif);
        if (broadcast)
                pbuf->flags |= PBUF_FLAG_LLBCAST;
        else if (multicast)
                pbuf->flags |= PBUF_FLAG_LLMCAST;
        u16_t checks = NETIF_CHECKSUM_CHECK_TCP | NETIF_CHECKSUM_CHECK_UDP;
        netif->chksum_flags = (u16_t)(verify ? netif->chksum_flags | checks : netif->chksum_flags & ~checks);

        if (type == PP_HTONS(ETHTYPE_IP)) {
                ip4_input(pbuf, netif);
                if ((pbuf = network_packet_again()) != NULL)
                        ip4_input(pbuf, netif);
        } else if (type == PP_HTONS(ETHTYPE_IPV6)) {
                ip6_input(pbuf, netif);
                if ((pbuf = network_packet_again()) != NULL)
                        ip6_input(pbuf, netif);
        } else {
                etharp_input(pbuf, netif);
        }
}

bool interface_poll(struct interface *interface, unsigned budget)
{
        unsigned taken = netdev_poll(interface->device, budget, receive, interface);
        if (network_heap_low())
                shed_out_of_order();
        if (interface->blocked && budget != 0) {
                /* netdev_poll has reaped what was sent: let the connections that met the full ring try again. */
                interface->blocked = large_send(interface) != 0;
                if (interface->blocked)
                        network_kick();
                tcp_txnow();
        }
        bool up = netdev_link_up(interface->device);
        if (up != (netif_is_link_up(&interface->netif) != 0)) {
                if (up)
                        netif_set_link_up(&interface->netif);
                else
                        netif_set_link_down(&interface->netif);
        }
        return taken != 0;
}

/* ---- Transmit ---- */

static void transmitted(void *cookie)
{
        pbuf_free(cookie);
}

static void notify(struct interface *interface)
{
        if (!interface->transmitted)
                return;
        interface->transmitted = false;
        netdev_flush(interface->device);
}

int interface_transmit(struct interface *interface, const struct netdev_segment *segments, unsigned count,
                       const struct netdev_offload *offload, void (*done)(void *cookie), void *cookie)
{
        int error = netdev_transmit(interface->device, segments, count, offload, done, cookie);
        if (error == -EAGAIN) {
                notify(interface);
                (void)netdev_poll(interface->device, 0, receive, interface); /* reaps only */
                error = netdev_transmit(interface->device, segments, count, offload, done, cookie);
        }
        return error;
}

int interface_send(struct interface *interface, struct pbuf *frame, uint16_t cut)
{
        struct netdev_segment segments[NETDEV_SEGMENTS_MAX];
        unsigned count = 0;
        const struct pbuf *piece = frame;
        do {
                if (piece->len == 0)
                        continue;
                if (count == NETDEV_SEGMENTS_MAX)
                        return -EMSGSIZE;
                segments[count++] = (struct netdev_segment){piece->payload, piece->len};
        } while ((piece = piece->next) != NULL);
        struct netdev_offload offload = {.segment_bytes = cut};
        offload_checksum(interface, frame->payload, frame->tot_len, &offload);
        if (cut != 0)
                offload_headers(frame->payload, &offload);
        return interface_transmit(interface, segments, count, &offload, transmitted, frame);
}

/* lwIP tries again what is answered with ERR_MEM, when interface_poll has found room. */
static err_t wait_for_room(struct interface *interface)
{
        interface->blocked = true;
        network_kick();
        return ERR_MEM;
}

static err_t transmit(struct netif *netif, struct pbuf *frame)
{
        struct interface *interface = netif->state;
        const uint16_t cut = segments_cut(frame);
        if (cut == 0 && frame->tot_len > netif->mtu + ETHERNET_HEADER)
                return ERR_IF; /* a long segment that comes late: lost, and TCP sends it again */
        const enum large_result large = large_take(interface, frame, cut != 0);
        if (large == LARGE_TAKEN)
                return ERR_OK;
        if (large == LARGE_BUSY)
                return wait_for_room(interface);
        pbuf_ref(frame);
        int error = interface_send(interface, frame, cut);
        if (error == -EMSGSIZE) {
                struct pbuf *whole = pbuf_clone(PBUF_RAW, PBUF_RAM, frame);
                pbuf_free(frame);
                if (whole == NULL)
                        return ERR_MEM;
                frame = whole;
                error = interface_send(interface, frame, cut);
        }
        if (error == 0) {
                interface->transmitted = true;
                return ERR_OK;
        }
        pbuf_free(frame);
        return error == -EAGAIN ? wait_for_room(interface) : ERR_IF;
}

void interface_flush(struct interface *interface)
{
        if (interface->large != NULL && large_send(interface) != 0)
                (void)wait_for_room(interface);
        notify(interface);
}

/* ---- Set-up ---- */

static err_t initialise(struct netif *netif)
{
        struct interface *interface = netif->state;
        netif->name[0] = 'e';
        netif->name[1] = 'n';
        netif->hwaddr_len = ETH_HWADDR_LEN;
        memcpy(netif->hwaddr, interface->info.mac, ETH_HWADDR_LEN);
        netif->mtu = interface->info.mtu;
        netif->mtu6 = interface->info.mtu;
        netif->flags =
                NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_IGMP | NETIF_FLAG_MLD6;
        netif->output = etharp_output;
        netif->output_ip6 = ethip6_output;
        netif->linkoutput = transmit;
        if (interface->info.capabilities & NETDEV_TX_CHECKSUM)
                netif->chksum_flags = (u16_t)(NETIF_CHECKSUM_ENABLE_ALL & ~NETIF_CHECKSUM_GEN_TCP);
        return ERR_OK;
}

int interface_add(unsigned index)
{
        struct netdev *device = netdev_get(index);
        if (device == NULL || network_interface_count == NETWORK_INTERFACES_MAX)
                return -ENODEV;
        struct interface *interface = network_heap_calloc(1, sizeof(*interface));
        if (interface == NULL)
                return -ENOMEM;
        interface->device = device;
        interface->index = index;
        netdev_info(device, &interface->info);
        unsigned buffers = interface->info.receive_buffers;
        interface->held_max = buffers != 0 ? buffers / 2 : RECEIVE_HELD_MOST;
        if (netif_add(&interface->netif, NULL, NULL, NULL, interface, initialise, netif_input) == NULL) {
                network_heap_free(interface);
                return -ENOMEM;
        }
        if (netdev_link_up(device))
                netif_set_link_up(&interface->netif);
        network_interfaces[network_interface_count++] = interface;
        return 0;
}
