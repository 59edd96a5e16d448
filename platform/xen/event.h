/*
 * Event channels, the 2-level kind (public/event_channel.h, public/xen.h): a bit for each port in the shared info page,
 * and a handler for each port in use.
 *
 * A handler runs in interrupt context (interrupts disabled, may not sleep), after its port's pending bit was cleared:
 * an event that arrives while it runs makes it run again. Events say "look at your ring", no more: several may arrive
 * as one, and one may arrive for nothing.
 *
 * Ports below EVENT_PORTS are served; Xen gives out the lowest free one, so this bounds how many are in use.
 *
 * Nothing needs starting: what needs the shared info page puts it in place at the first call (and so must come after
 * memory_start). From any context unless said otherwise.
 */
#ifndef CORACLE_XEN_EVENT_H
#define CORACLE_XEN_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#define EVENT_PORTS 128u

typedef uint32_t event_port;

/*
 * A new port that domain `remote` may bind to (a frontend's side of an interdomain channel), masked until
 * event_unmask. The port's number goes into xenstore.
 * Returns 0; -ENODEV off Xen; -ENOSPC: no port below EVENT_PORTS is left; or Xen's error.
 */
int event_allocate(unsigned remote, event_port *port, void (*handler)(void *ctx), void *ctx);

/*
 * Takes over a port that exists already (xenstore's and the console's, from xen_parameter), masked until event_unmask.
 * Returns 0; -ENODEV off Xen; -EINVAL: no such port; -EBUSY: it has a handler.
 */
int event_bind(event_port port, void (*handler)(void *ctx), void *ctx);

/* The port of the CPU's timer (VIRQ_TIMER), masked until event_unmask. Once. Errors as event_allocate. */
int event_bind_timer(event_port *port, void (*handler)(void *ctx), void *ctx);

/*
 * Whether a masked port's handler runs: after event_mask it does not (a run that is under way on another CPU may still
 * finish), after event_unmask it does, also for an event that arrived meanwhile.
 */
void event_mask(event_port port);
void event_unmask(event_port port);

/* Tells the other side to look. Returns 0 or Xen's error (the port is not connected). A hypercall: batch what it says.
 */
int event_send(event_port port);

/* Closes a port from event_allocate: its handler does not run any more, the number may be given out again. */
void event_close(event_port port);

/*
 * Waiting without interrupts, for what works before they are enabled and during a crash: clears the pending bit of a
 * port, and returns whether it was set; and sleeps until the port's pending bit is set or the deadline (monotonic
 * nanoseconds) has passed. The port must be masked: else its handler takes the event away. event_wait may return early,
 * and does at once where there are no event channels.
 */
bool event_take(event_port port);
void event_wait(event_port port, uint64_t deadline);

#endif
