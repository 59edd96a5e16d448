/* Event channels and hypercalls on the host: platform/xen/event.h and hypercall.h without a Xen. */
#ifndef FAKE_XEN_EVENT_H
#define FAKE_XEN_EVENT_H

#include <xen/event.h>

#define FAKE_STORE_PORT  1u
#define FAKE_STORE_FRAME 0x1234u

struct fake_channel {
        bool used, masked, pending;
        unsigned remote; /* the domain that may bind */
        unsigned sends;
        void (*handler)(void *ctx);
        void *ctx;
        void (*on_send)(void *ctx); /* the other side: called by event_send */
        void *on_send_ctx;
};
extern struct fake_channel fake_channels[EVENT_PORTS];

extern bool fake_off_xen;              /* every hypercall answers -ENODEV */
extern volatile void *fake_store_page; /* what xen_map_ring gives */
extern unsigned fake_channels_left;    /* event_allocate fails beyond */

void fake_event_reset(void);

/* The other side sends: the handler runs, or the event waits for the port to be unmasked. */
void fake_event(event_port port);

/* Ports in use, xenstore's aside. */
unsigned fake_channels_used(void);

#endif
