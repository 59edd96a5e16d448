/*
 * Xen's paravirtual console (public/io/console.h): two rings of bytes in a page that the other side (xenconsoled in
 * dom0) maps. A dom0, which has no such page, writes to the hypervisor's own console.
 *
 * Output goes through a backlog behind the ring, which the reader's events drain: nobody is held by a reader that is
 * late or not there yet. Only when the backlog is full too does output wait for a reader, for it may be alive and slow,
 * but not for ever: after PATIENCE without a byte read it is dropped, and so is all that follows until there is room
 * again; a note then says how much it was. Input that nobody reads stays in the ring and holds the sender back.
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
 * (tools/console/daemon/io.c, RATE_LIMIT_PERIOD): a reader is away only after more than that, and what it reads in such
 * a period is about what the backlog holds. So no smaller patience than this pause is possible without losing output
 * that is being read; a whole second leaves room for a dom0 that is short of processors.
 */
#define PATIENCE       1000000000ull /* nanoseconds */
#define PATIENCE_CRASH (5 * PATIENCE)

#define BACKLOG    65536u /* bytes; a multiple of the ring's, as the ring's index goes for both */
#define PIECE      1024u  /* what is dropped or not as one: stdio's longest line */
#define NOTE_BYTES 80u

static struct {
        atomic_flag busy; /* guards the indexes and what follows; taken with interrupts disabled */
        bool broken;
        bool was_patient; /* when the reader was last waited for */
        uint32_t waiting; /* bytes in the backlog */
        uint64_t dropped; /* bytes since the last note */
        uint64_t end; /* the moment until which the reader is waited for; 0: it has read since it was last waited for */
        struct xencons_interface *ring;
        event_port port;
        void (*_Atomic listener)(void *ctx);
        void *listener_ctx;
} console = {.busy = ATOMIC_FLAG_INIT};

static char backlog[BACKLOG];

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

static uint32_t read_index(const XENCONS_RING_IDX *index)
{
        return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

/* The bytes between two indexes, one of which the other side writes. */
static uint32_t distance(uint32_t producer, uint32_t consumer, uint32_t size)
{
        const uint32_t bytes = producer - consumer;
        console.broken |= bytes > size;
        return console.broken ? 0 : bytes;
}

/* All or nothing: what is dropped are whole lines, if they come one by one. Returns whether there was room. */
static bool put(const char *data, size_t bytes)
{
        if (bytes > BACKLOG - console.waiting)
                return false;
        for (uint32_t i = console.ring->out_prod + console.waiting; bytes != 0; bytes--, console.waiting++)
                backlog[i++ % BACKLOG] = *data++;
        return true;
}

/* Moves what fits from the backlog into the ring. */
static void push(void)
{
        struct xencons_interface *ring = console.ring;
        const uint32_t start = ring->out_prod;
        const uint32_t consumed = read_index(&ring->out_cons);
        const uint32_t room = (uint32_t)sizeof(ring->out) - distance(start, consumed, sizeof(ring->out));
        const uint32_t count = console.waiting < room ? console.waiting : room;
        if (count == 0 || console.broken)
                return;
        for (uint32_t i = start; i != start + count; i++)
                ring->out[MASK_XENCONS_IDX(i, ring->out)] = backlog[i % BACKLOG];
        __atomic_store_n(&ring->out_prod, start + count, __ATOMIC_RELEASE);
        console.waiting -= count;
        console.end = 0;
        (void)event_send(console.port);
}

/* Says what is missing, where it is missing. Without room for that nothing may follow either. */
static bool note_gap(void)
{
        static char note[NOTE_BYTES]; /* not on the stack, which would have to be guarded */
        if (console.dropped != 0 &&
            !put(note, format_text(note, sizeof(note), "\n[console] nobody read: %lu bytes are missing here\n",
                                   (unsigned long)console.dropped)))
                return false;
        console.dropped = 0;
        return true;
}

/* Takes the data in if there is room, and gives the reader what the ring has room for. */
static bool advance(const char *data, size_t bytes)
{
        const bool enabled = lock();
        const bool taken = note_gap() && put(data, bytes);
        push();
        unlock(enabled);
        return taken;
}

/* The other side read or wrote: which of them the event does not say. */
static void handle_event(void *ctx)
{
        (void)ctx;
        (void)advance(NULL, 0);
        const struct xencons_interface *ring = console.ring;
        void (*listener)(void *) = atomic_load_explicit(&console.listener, memory_order_acquire);
        if (listener != NULL && read_index(&ring->in_prod) != ring->in_cons && !console.broken)
                listener(console.listener_ctx);
}

/* From now on; again has no effect. */
static void heed_events(void)
{
        (void)event_bind(console.port, handle_event, NULL);
        event_unmask(console.port);
}

static void drop(size_t bytes)
{
        const bool enabled = lock();
        console.dropped += bytes;
        unlock(enabled);
}

/* Lets the reader run. Returns false when it has been waited for in vain. */
static bool wait_for_reader(void)
{
        const uint64_t now = platform_clock_monotonic();
        const bool patient = console_is_patient;
        uint64_t end = console.end; /* which an event may change at any time */
        if (end == 0 || console.was_patient != patient) {
                console.was_patient = patient;
                console.end = end = now + (patient ? PATIENCE_CRASH : PATIENCE);
        }
        if (now >= end)
                return false;
        xen_yield();
        return true;
}

static void ring_write(void *ctx, const void *data, size_t bytes)
{
        (void)ctx;
        const char *next = data;
        while (bytes != 0 && !console.broken) {
                const size_t piece = bytes < PIECE ? bytes : PIECE;
                if (advance(next, piece)) {
                        next += piece;
                        bytes -= piece;
                } else if (!wait_for_reader()) {
                        drop(bytes);
                        break;
                }
        }
        if (console.waiting != 0)
                heed_events();
}

static size_t ring_read(void *ctx, void *data, size_t bytes)
{
        (void)ctx;
        char *next = data;
        struct xencons_interface *ring = console.ring;
        const bool enabled = lock();
        const uint32_t produced = read_index(&ring->in_prod);
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

static void ring_on_input(void *ctx, void (*fn)(void *fn_ctx), void *fn_ctx)
{
        (void)ctx;
        console.listener_ctx = fn_ctx;
        atomic_store_explicit(&console.listener, fn, memory_order_release);
        heed_events();
}

static void ring_drain(void *ctx)
{
        (void)ctx;
        const struct xencons_interface *ring = console.ring;
        do
                (void)advance(NULL, 0);
        while (read_index(&ring->out_cons) != ring->out_prod && !console.broken && wait_for_reader());
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
