/* Event channels and hypercalls on the host: see xen_event.h. */
#include <errno.h>
#include <string.h>

#include <fake/xen_event.h>
#include <xen/hypercall.h>

#include <xen/xen.h>
#include <xen/hvm/params.h>

struct fake_channel fake_channels[EVENT_PORTS];
bool fake_off_xen;
volatile void *fake_store_page;
unsigned fake_channels_left;

void fake_event_reset(void)
{
        memset(fake_channels, 0, sizeof fake_channels);
        fake_off_xen = false;
        fake_channels_left = EVENT_PORTS;
}

static void deliver(struct fake_channel *channel)
{
        if (!channel->used || channel->masked || !channel->pending)
                return;
        channel->pending = false;
        channel->handler(channel->ctx);
}

void fake_event(event_port port)
{
        fake_channels[port].pending = true;
        deliver(&fake_channels[port]);
}

unsigned fake_channels_used(void)
{
        unsigned count = 0;
        for (unsigned i = 0; i < EVENT_PORTS; i++)
                count += i != FAKE_STORE_PORT && fake_channels[i].used;
        return count;
}

int event_allocate(unsigned remote, event_port *port, void (*handler)(void *ctx), void *ctx)
{
        if (fake_off_xen)
                return -ENODEV;
        if (fake_channels_left == 0)
                return -ENOSPC;
        fake_channels_left--;
        for (event_port i = FAKE_STORE_PORT + 2; i < EVENT_PORTS; i++) {
                if (fake_channels[i].used)
                        continue;
                fake_channels[i] = (struct fake_channel){
                        .used = true, .masked = true, .remote = remote, .handler = handler, .ctx = ctx};
                *port = i;
                return 0;
        }
        return -ENOSPC;
}

int event_bind(event_port port, void (*handler)(void *ctx), void *ctx)
{
        struct fake_channel *channel = &fake_channels[port];
        if (channel->used)
                return -EBUSY;
        channel->used = channel->masked = true;
        channel->handler = handler;
        channel->ctx = ctx;
        return 0;
}

void event_mask(event_port port)
{
        fake_channels[port].masked = true;
}

void event_unmask(event_port port)
{
        fake_channels[port].masked = false;
        deliver(&fake_channels[port]);
}

int event_send(event_port port)
{
        fake_channels[port].sends++;
        if (fake_channels[port].on_send != NULL)
                fake_channels[port].on_send(fake_channels[port].on_send_ctx);
        return 0;
}

void event_close(event_port port)
{
        fake_channels[port].used = false;
        fake_channels_left++;
}

bool xen_is_present(void)
{
        return !fake_off_xen;
}

int xen_parameter(unsigned index, uint64_t *value)
{
        *value = index == HVM_PARAM_STORE_EVTCHN ? FAKE_STORE_PORT
                 : index == HVM_PARAM_STORE_PFN  ? FAKE_STORE_FRAME
                                                 : 0;
        return fake_off_xen ? -ENODEV : 0;
}

volatile void *xen_map_ring(uint64_t frame)
{
        return frame == FAKE_STORE_FRAME ? fake_store_page : NULL;
}
