/* The backend of a vif, and netfront started on it: what the unit tests and the fuzzer of netfront share. */
#ifndef FAKE_NETBACK_H
#define FAKE_NETBACK_H

#include <fake/driver_host.h>
#include <fake/netdev.h>
#include <fake/no_threads.h>
#include <fake/xen_event.h>
#include <fake/xen_grant.h>
#include <fake/xenbus.h>
#include <xen/net/net.h>

#include <xen/io/netif.h>

/* The rings as the backend sees them: mapped by the references that the driver published. */
struct fake_netback {
        struct ring_shared *tx, *rx;
        uint32_t tx_taken, rx_taken; /* requests that the backend has consumed */
};
extern struct fake_netback fake_netback;

/* What the stack was handed and has not released, and how often each transmitted cookie was done. */
extern struct netdev_buffer *received[256];
extern unsigned received_count;
extern unsigned finished[600];

/* A backend that offers everything, 64 MiB of memory; nothing is started yet. */
void netback_reset(void);
/* Starts the driver on it. Returns the number of devices. */
unsigned netback_start(void);
/* The backend looks up the rings again: after a connection. */
void netback_map(void);

union netif_tx_sring_entry *tx_slot(uint32_t index);
union netif_rx_sring_entry *rx_slot(uint32_t index);
uint32_t tx_waiting(void); /* requests that the driver has shown and the backend has not taken */
uint32_t rx_waiting(void);

/* Takes the next transmit request. */
struct netif_tx_request take_tx(void);
/* The bytes of a request; NULL when they are not granted. */
const uint8_t *tx_bytes(const struct netif_tx_request *request);
void answer_tx(uint16_t id, int16_t status);

/* Takes the next receive request, writes to its page and answers it; `push` makes the answers visible. */
void answer_rx(const void *data, uint16_t offset, int16_t status, uint16_t flags);
void answer_rx_extra(const struct netif_extra_info *extra);
void push_rx(void);
/* A packet in one page. */
void deliver(const void *data, uint16_t bytes, uint16_t flags);

/* The stack's side. */
unsigned poll_device(void);
void flush(void);
void release_all(void);
int send_segments(const struct netdev_segment *segments, unsigned count, const struct netdev_offload *offload,
                  uintptr_t cookie);
int send_frame(const void *data, uint32_t bytes, uintptr_t cookie);

#endif
