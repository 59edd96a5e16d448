/* Network devices of this hypervisor: linked by the network stack, and pulls in the drivers. */
#include <platform.h>
#include <virtio/net.h>

unsigned platform_probe_network(void)
{
        return virtio_probe(VIRTIO_NETWORK, virtio_net_start);
}
