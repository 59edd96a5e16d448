/* Network devices of this hypervisor: linked by the network stack, and pulls in the drivers of every bus. */
#include <nic/nic.h>
#include <platform.h>
#include <virtio/net.h>
#include <xen/hypercall.h>
#include <xen/net/net.h>

struct console_driver;

/*
 * An image that has the virtio transports anyway has virtio-console too. console.h declares it weak, so that others do
 * not; this reference is strong on purpose, and is all that is wanted of the variable.
 */
const struct console_driver *console_virtio(void);
static const struct console_driver *(*const with_console)(void)__attribute__((used)) = console_virtio;

unsigned platform_probe_network(void)
{
        const unsigned xen = xen_is_present() ? xen_net_probe() : 0;
        const unsigned found = xen + virtio_probe(VIRTIO_NETWORK, virtio_net_start);
        /* Xen gives a full virtual machine each of its network devices twice: the other one is a card. */
        return xen != 0 ? found : found + nic_probe(found);
}
