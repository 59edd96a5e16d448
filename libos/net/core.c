/*
 * The core lock, the end of a batch, and the network thread (see network.h for who processes packets when).
 *
 * The network thread sleeps on `alarm` until a device or network_kick wakes it, or the next timer is due. Interrupts
 * of a device stay silent from its wake call until the thread has found it empty and armed it again.
 */
#include <errno.h>

#include <platform.h>
#include <coracle/init.h>
#include <coracle/log.h>
#include <coracle/sched.h>

#include "network.h"

#define THREAD_STACK 32768u
/* How long a full transmit ring is left alone before it is looked at again, if the device does not speak up. */
#define BLOCKED_WAIT NETWORK_MILLISECOND

static struct mutex core = MUTEX_INIT(core);
static struct list deferred = LIST_INIT(deferred);

static struct spinlock alarm_lock = SPINLOCK_INIT;
static struct wait_queue alarm = WAIT_QUEUE_INIT(alarm);
static bool alarm_rings; /* under alarm_lock */
static bool kicked;      /* under the core lock */

static void ring(void *ctx)
{
        (void)ctx;
        spin_lock(&alarm_lock);
        alarm_rings = true;
        wait_queue_wake_one(&alarm);
        spin_unlock(&alarm_lock);
}

void network_kick(void)
{
        kicked = true;
}

void network_defer(struct network_deferred *item)
{
        if (!list_linked(&item->link))
                list_append(&deferred, &item->link);
}

void network_defer_cancel(struct network_deferred *item)
{
        if (list_linked(&item->link))
                list_remove(&item->link);
}

void network_enter(void)
{
        mutex_lock(&core);
}

void network_leave(void)
{
        struct netif *netif;
        NETIF_FOREACH(netif)
        if (netif->loop_first != NULL)
                netif_poll(netif);

        while (!list_empty(&deferred)) {
                struct network_deferred *item = list_entry(list_first(&deferred), struct network_deferred, link);
                list_remove(&item->link);
                item->fn(item);
        }
        network_bound_time_wait();
        for (unsigned i = 0; i < network_interface_count; i++)
                interface_flush(network_interfaces[i]);
        bool wake = kicked;
        kicked = false;
        mutex_unlock(&core);
        if (wake)
                ring(NULL);
}

bool network_take_packets(void)
{
        bool any = false;
        for (unsigned i = 0; i < network_interface_count; i++)
                any |= interface_poll(network_interfaces[i], NETWORK_BUDGET);
        return any;
}

bool network_work(void)
{
        if (network_interface_count == 0)
                return false;
        network_enter();
        bool any = network_take_packets();
        network_leave();
        return any;
}

/* Arms the devices. Returns whether one of them has work already. */
static bool arm_devices(void)
{
        bool work = false;
        for (unsigned i = 0; i < network_interface_count; i++)
                work |= netdev_arm(network_interfaces[i]->device);
        return work;
}

static uint64_t next_look(void)
{
        uint64_t next = network_timers_next();
        for (unsigned i = 0; i < network_interface_count; i++) {
                uint64_t retry = platform_clock_monotonic() + BLOCKED_WAIT;
                if (network_interfaces[i]->blocked && retry < next)
                        next = retry;
        }
        return next;
}

static void network_thread(void *argument)
{
        (void)argument;
        for (;;) {
                network_enter();
                bool more = network_take_packets();
                network_timers_run();
                if (!more)
                        more = arm_devices();
                uint64_t deadline = next_look();
                kicked = false;
                network_leave();
                if (more) {
                        thread_yield();
                        continue;
                }
                spin_lock(&alarm_lock);
                while (!alarm_rings && wait_queue_sleep(&alarm, &alarm_lock, deadline) == 0)
                        ;
                alarm_rings = false;
                spin_unlock(&alarm_lock);
        }
}

int network_thread_start(void)
{
        for (unsigned i = 0; i < network_interface_count; i++)
                netdev_set_wake(network_interfaces[i]->device, ring, NULL);
        struct thread_options options = {.name = "network", .stack_bytes = THREAD_STACK};
        struct thread *thread;
        return thread_create(&thread, &options, network_thread, NULL);
}

void network_assertion_failed(const char *message)
{
        platform_crash(message);
}
