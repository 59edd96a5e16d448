/*
 * 2-level event channels; see event.h.
 *
 * Xen sets a port's pending bit, then the bit of its word in the CPU's selector, then raises the upcall; here they are
 * taken back in the opposite order, so that nothing that arrives meanwhile is lost. The nucleus clears the flag that
 * raises the upcall. Every port is masked from the start (shared_info.c) and again after event_close.
 */
#include <xen/event.h>

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

#include <platform.h>
#include <x86_64/time/clock.h>
#include <x86_64/cpu.h>
#include <x86_64/gate_call.h>
#include <xen/hypercall.h>
#include <xen/shared_info.h>

#define WORD_BITS 64u

static struct {
        void (*_Atomic handler)(void *ctx);
        void *_Atomic ctx;
} bindings[EVENT_PORTS];

/* Bits that Xen changes too: one locked instruction each. */
static uint64_t take_word(xen_ulong_t *word)
{
        return __atomic_exchange_n(word, 0, __ATOMIC_ACQ_REL);
}

static bool set_bit(xen_ulong_t *words, event_port port)
{
        const uint64_t bit = 1ull << port % WORD_BITS;
        return (__atomic_fetch_or(&words[port / WORD_BITS], bit, __ATOMIC_ACQ_REL) & bit) != 0;
}

static bool clear_bit(xen_ulong_t *words, event_port port)
{
        const uint64_t bit = 1ull << port % WORD_BITS;
        return (__atomic_fetch_and(&words[port / WORD_BITS], ~bit, __ATOMIC_ACQ_REL) & bit) != 0;
}

static uint64_t read_word(const xen_ulong_t *word)
{
        return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void run(struct shared_info *info, event_port port)
{
        (void)clear_bit(info->evtchn_pending, port);
        void (*handler)(void *) = atomic_load_explicit(&bindings[port].handler, memory_order_acquire);
        if (handler != NULL)
                handler(atomic_load_explicit(&bindings[port].ctx, memory_order_relaxed));
}

void event_upcall(void *ctx)
{
        (void)ctx;
        struct shared_info *info = xen_shared_info();
        uint64_t words = take_word(&info->vcpu_info[0].evtchn_pending_sel);
        words &= (1ull << EVENT_PORTS / WORD_BITS) - 1; /* ports beyond have no handler */
        for (; words != 0; words &= words - 1) {
                const unsigned word = (unsigned)__builtin_ctzll(words);
                uint64_t bits = read_word(&info->evtchn_pending[word]) & ~read_word(&info->evtchn_mask[word]);
                for (; bits != 0; bits &= bits - 1)
                        run(info, word * WORD_BITS + (unsigned)__builtin_ctzll(bits));
        }
}

int event_bind(event_port port, void (*handler)(void *ctx), void *ctx)
{
        void (*none)(void *) = NULL;
        if (xen_shared_info() == NULL)
                return -ENODEV;
        if (port >= EVENT_PORTS || port == 0)
                return -EINVAL;
        if (!atomic_compare_exchange_strong_explicit(&bindings[port].handler, &none, handler, memory_order_acq_rel,
                                                     memory_order_relaxed))
                return -EBUSY;
        atomic_store_explicit(&bindings[port].ctx, ctx, memory_order_relaxed); /* masked: nobody reads it yet */
        return 0;
}

/* Binds the port that a hypercall has just given out, if it did. */
static int bind_new(int64_t result, event_port *port, void (*handler)(void *ctx), void *ctx)
{
        if (result < 0)
                return (int)result;
        if (result >= EVENT_PORTS) {
                (void)gate_call(GATE_HYPERCALL, GATE_XEN_EVENT_CLOSE, (uint64_t)result, 0, 0);
                return -ENOSPC;
        }
        *port = (event_port)result;
        (void)clear_bit(xen_shared_info()->evtchn_pending, *port); /* its former owner's */
        return event_bind(*port, handler, ctx);
}

int event_allocate(unsigned remote, event_port *port, void (*handler)(void *ctx), void *ctx)
{
        if (xen_shared_info() == NULL)
                return -ENODEV;
        return bind_new(gate_call(GATE_HYPERCALL, GATE_XEN_EVENT_ALLOCATE, remote, 0, 0), port, handler, ctx);
}

int event_bind_timer(event_port *port, void (*handler)(void *ctx), void *ctx)
{
        if (xen_shared_info() == NULL)
                return -ENODEV;
        return bind_new(gate_call(GATE_HYPERCALL, GATE_XEN_EVENT_VIRQ, VIRQ_TIMER, 0, 0), port, handler, ctx);
}

void event_mask(event_port port)
{
        struct shared_info *info = xen_shared_info();
        if (info != NULL && port < EVENT_PORTS)
                (void)set_bit(info->evtchn_mask, port);
}

/* An event that came while the port was masked raised no upcall: then Xen unmasks, and raises it. */
void event_unmask(event_port port)
{
        struct shared_info *info = xen_shared_info();
        if (info == NULL || port >= EVENT_PORTS)
                return;
        (void)clear_bit(info->evtchn_mask, port);
        if ((read_word(&info->evtchn_pending[port / WORD_BITS]) >> port % WORD_BITS & 1) == 0)
                return;
        (void)set_bit(info->evtchn_mask, port);
        (void)gate_call(GATE_HYPERCALL, GATE_XEN_EVENT_UNMASK, port, 0, 0);
}

int event_send(event_port port)
{
        return (int)gate_call(GATE_HYPERCALL, GATE_XEN_EVENT_SEND, port, 0, 0);
}

void event_close(event_port port)
{
        event_mask(port);
        (void)gate_call(GATE_HYPERCALL, GATE_XEN_EVENT_CLOSE, port, 0, 0);
        if (port < EVENT_PORTS)
                atomic_store_explicit(&bindings[port].handler, NULL, memory_order_release);
}

bool event_take(event_port port)
{
        struct shared_info *info = xen_shared_info();
        return info != NULL && port < EVENT_PORTS && clear_bit(info->evtchn_pending, port);
}

/* Xen takes a deadline of 0 for none. */
void event_wait(event_port port, uint64_t deadline)
{
        const uint64_t until = deadline == PLATFORM_FOREVER ? 0 : clock_of_hypervisor(deadline);
        (void)gate_call(GATE_HYPERCALL, GATE_XEN_POLL, port, until, 0);
}
