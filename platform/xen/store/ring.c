/*
 * Bytes to and from the store (public/io/xs_wire.h, struct xenstore_domain_interface): two rings of bytes in one page,
 * and one event channel for both. Indexes run freely and are taken modulo the size.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include <coracle/sched.h>
#include <platform.h>
#include <xen/event.h>
#include <xen/hypercall.h>

#include "wire.h"

#include <xen/xen.h>
#include <xen/hvm/params.h>

static struct {
        struct xenstore_domain_interface *page;
        bool absent; /* it was looked for in vain */
        event_port port;
        struct spinlock lock; /* of the two below */
        struct wait_queue waiting;
        unsigned events;
} ring;

void xenstore_ring_touch(void)
{
        spin_lock(&ring.lock);
        ring.events++;
        wait_queue_wake_all(&ring.waiting);
        spin_unlock(&ring.lock);
}

static void on_event(void *ctx)
{
        (void)ctx;
        xenstore_ring_touch();
}

int xenstore_ring_open(void)
{
        uint64_t frame, port;
        if (ring.page != NULL)
                return 0;
        if (ring.absent)
                return -ENODEV;
        ring.absent = true;
        if (xen_parameter(HVM_PARAM_STORE_PFN, &frame) != 0 || xen_parameter(HVM_PARAM_STORE_EVTCHN, &port) != 0)
                return -ENODEV;
        if (frame == 0 || port == 0 || port >= EVENT_PORTS)
                return -ENODEV;
        ring.port = (event_port)port;
        struct xenstore_domain_interface *page = (struct xenstore_domain_interface *)(uintptr_t)xen_map_ring(frame);
        if (page == NULL || event_bind(ring.port, on_event, NULL) != 0)
                return -ENODEV;
        ring.page = page;
        event_unmask(ring.port);
        return 0;
}

static uint32_t load(const uint32_t *index)
{
        return atomic_load_explicit((const _Atomic uint32_t *)index, memory_order_acquire);
}

static void store(uint32_t *index, uint32_t value)
{
        atomic_store_explicit((_Atomic uint32_t *)index, value, memory_order_release);
}

int xenstore_ring_put(const void *data, size_t bytes)
{
        const uint32_t producer = ring.page->req_prod; /* written by us alone */
        const uint32_t used = producer - load(&ring.page->req_cons);
        if (used > XENSTORE_RING_SIZE)
                return -EIO;
        const size_t room = XENSTORE_RING_SIZE - used;
        const size_t count = bytes < room ? bytes : room;
        const char *from = data;
        for (size_t i = 0; i < count; i++)
                ring.page->req[MASK_XENSTORE_IDX(producer + (uint32_t)i)] = from[i];
        store(&ring.page->req_prod, producer + (uint32_t)count);
        return (int)count;
}

void xenstore_ring_notify(void)
{
        (void)event_send(ring.port);
}

int xenstore_ring_get(void *data, size_t bytes)
{
        const uint32_t consumer = ring.page->rsp_cons; /* written by us alone */
        const uint32_t waiting = load(&ring.page->rsp_prod) - consumer;
        if (waiting > XENSTORE_RING_SIZE)
                return -EIO;
        const size_t count = bytes < waiting ? bytes : waiting;
        char *to = data;
        for (size_t i = 0; i < count; i++)
                to[i] = ring.page->rsp[MASK_XENSTORE_IDX(consumer + (uint32_t)i)];
        store(&ring.page->rsp_cons, consumer + (uint32_t)count);
        if (waiting == XENSTORE_RING_SIZE && count != 0)
                xenstore_ring_notify(); /* it was full: the store may wait for room */
        return (int)count;
}

unsigned xenstore_ring_events(void)
{
        spin_lock(&ring.lock);
        const unsigned events = ring.events;
        spin_unlock(&ring.lock);
        return events;
}

int xenstore_ring_wait(unsigned events, uint64_t deadline)
{
        int error = 0;
        spin_lock(&ring.lock);
        if (ring.events == events)
                error = wait_queue_sleep(&ring.waiting, &ring.lock, deadline);
        spin_unlock(&ring.lock);
        return error == -ETIMEDOUT ? error : 0; /* a signal interrupts nothing here: callers look again */
}
