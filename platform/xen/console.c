/*
 * Xen's paravirtual console (public/io/console.h): two rings of bytes in a page that the other side (xenconsoled in
 * dom0) maps. A dom0, which has no such page, writes to the hypervisor's own console.
 *
 * Output waits for a reader, but not for ever: when the ring has been full for PATIENCE it is dropped, and so is all
 * that follows until there is room again; a note then says how much it was. Input that nobody reads stays in
 * the ring and holds the sender back.
 *
 * The indexes of the other side are read once and checked: one that is out of range means that it does not keep to the
 * protocol, and the console is not used any more.
 */
#include <console.h>

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <coracle/log.h>
#include <platform.h>
#include <x86_64/cpu.h>
#include <xen/event.h>
#include <xen/hypercall.h>

#include <xen/hvm/params.h>
#include <xen/io/console.h>

/*
 * xenconsoled reads up to 30 times in 200 ms for each domain and then lets it wait for the rest of them
 * (tools/console/daemon/io.c, RATE_LIMIT_PERIOD): a reader is away only after more than that.
 */
#define PATIENCE       1000000000ull /* nanoseconds */
#define PATIENCE_CRASH 5000000000ull

#define NOTE_BYTES 80u

static struct {
        atomic_flag busy; /* guards the indexes and what follows; taken with interrupts disabled */
        bool broken;
        bool reader_is_away;
        uint64_t dropped; /* bytes since the last note */
        struct xencons_interface *ring;
        event_port port;
        void (*listener)(void *ctx);
        void *listener_ctx;
} console = {.busy = ATOMIC_FLAG_INIT};

/* Held for so long only by code that crashed inside: the crash report goes on without waiting for it. */
#define LOCK_PATIENCE 1000000u

static bool lock(void)
{
        const bool enabled = platform_interrupts_disable();
        for (unsigned i = 0; i < LOCK_PATIENCE; i++) {
                if (!atomic_flag_test_and_set_explicit(&console.busy, memory_order_acquire))
                        break;
                cpu_relax();
        }
        return enabled;
}

static void unlock(bool enabled)
{
        atomic_flag_clear_explicit(&console.busy, memory_order_release);
        platform_interrupts_restore(enabled);
}

/* The bytes between two indexes, one of which the other side writes. */
static uint32_t distance(uint32_t producer, uint32_t consumer, uint32_t size)
{
        const uint32_t bytes = producer - consumer;
        console.broken |= bytes > size;
        return console.broken ? 0 : bytes;
}

static uint32_t unread(void)
{
        struct xencons_interface *ring = console.ring;
        const uint32_t consumed = __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE);
        return distance(ring->out_prod, consumed, sizeof(ring->out));
}

static uint32_t room(void)
{
        const uint32_t used = unread();
        return console.broken ? 0 : (uint32_t)sizeof(console.ring->out) - used;
}

/* Copies what fits. Returns how much it was. */
static uint32_t put(const char *data, size_t bytes)
{
        struct xencons_interface *ring = console.ring;
        const uint32_t space = room();
        const uint32_t count = bytes < space ? (uint32_t)bytes : space;
        const uint32_t start = ring->out_prod;
        for (uint32_t i = 0; i < count; i++)
                ring->out[MASK_XENCONS_IDX(start + i, ring->out)] = data[i];
        __atomic_store_n(&ring->out_prod, start + count, __ATOMIC_RELEASE);
        return count;
}

/* Says what is missing, where it is missing. Without room for that nothing may follow either. */
static bool note_gap(void)
{
        char note[NOTE_BYTES];
        if (console.dropped == 0)
                return true;
        const size_t length = format_text(note, sizeof(note), "\n[console] nobody read: %lu bytes are missing here\n",
                                          (unsigned long)console.dropped);
        if (room() < length)
                return false;
        (void)put(note, length);
        console.dropped = 0;
        return true;
}

static uint32_t put_some(const char *data, size_t bytes)
{
        const bool enabled = lock();
        const uint32_t count = note_gap() ? put(data, bytes) : 0;
        if (count != 0)
                console.reader_is_away = false;
        unlock(enabled);
        return count;
}

static void drop(size_t bytes)
{
        const bool enabled = lock();
        console.reader_is_away = true;
        console.dropped += bytes;
        unlock(enabled);
}

/* The moment until which the reader is waited for. */
static uint64_t limit(void)
{
        if (console_is_patient)
                return platform_clock_monotonic() + PATIENCE_CRASH;
        return console.reader_is_away ? 0 : platform_clock_monotonic() + PATIENCE;
}

static void ring_write(void *ctx, const void *data, size_t bytes)
{
        (void)ctx;
        const char *next = data;
        uint64_t end = 0;
        while (bytes != 0 && !console.broken) {
                const uint32_t count = put_some(next, bytes);
                next += count;
                bytes -= count;
                if (count != 0) {
                        (void)event_send(console.port);
                        end = 0;
                        continue;
                }
                if (end == 0)
                        end = limit();
                if (platform_clock_monotonic() >= end) {
                        drop(bytes);
                        return;
                }
                xen_yield();
        }
}

static size_t ring_read(void *ctx, void *data, size_t bytes)
{
        (void)ctx;
        char *next = data;
        struct xencons_interface *ring = console.ring;
        const bool enabled = lock();
        const uint32_t produced = __atomic_load_n(&ring->in_prod, __ATOMIC_ACQUIRE);
        const uint32_t start = ring->in_cons;
        const uint32_t arrived = distance(produced, start, sizeof(ring->in));
        const uint32_t count = bytes < arrived ? (uint32_t)bytes : arrived;
        for (uint32_t i = 0; i < count; i++)
                next[i] = ring->in[MASK_XENCONS_IDX(start + i, ring->in)];
        __atomic_store_n(&ring->in_cons, start + count, __ATOMIC_RELEASE);
        unlock(enabled);
        if (count != 0)
                (void)event_send(console.port); /* there is room now */
        return count;
}

/* The other side read or wrote: which of them the event does not say. */
static void handle_event(void *ctx)
{
        (void)ctx;
        if (__atomic_load_n(&console.ring->in_prod, __ATOMIC_RELAXED) != console.ring->in_cons && !console.broken)
                console.listener(console.listener_ctx);
}

static void ring_on_input(void *ctx, void (*fn)(void *fn_ctx), void *fn_ctx)
{
        (void)ctx;
        console.listener = fn;
        console.listener_ctx = fn_ctx;
        if (event_bind(console.port, handle_event, NULL) == 0)
                event_unmask(console.port);
}

static void ring_drain(void *ctx)
{
        (void)ctx;
        const uint64_t end = limit();
        while (unread() != 0 && platform_clock_monotonic() < end)
                xen_yield();
}

static void hypervisor_write(void *ctx, const void *data, size_t bytes)
{
        (void)ctx;
        xen_console_io(data, bytes);
}

const struct console_driver *console_xen(void)
{
        static const struct console_driver ring_driver = {
                .write = ring_write, .read = ring_read, .on_input = ring_on_input, .drain = ring_drain};
        static const struct console_driver hypervisor_driver = {.write = hypervisor_write};
        uint64_t frame;
        uint64_t port;
        if (!xen_is_present())
                return NULL;
        if (xen_parameter(HVM_PARAM_CONSOLE_PFN, &frame) != 0 || xen_parameter(HVM_PARAM_CONSOLE_EVTCHN, &port) != 0)
                return &hypervisor_driver;
        console.ring = (struct xencons_interface *)(uintptr_t)xen_map_ring(frame);
        console.port = (event_port)port;
        return console.ring != NULL && port != 0 ? &ring_driver : &hypervisor_driver;
}
