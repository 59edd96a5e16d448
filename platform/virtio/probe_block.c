/* Block devices of this hypervisor: linked by the block class, and pulls in the drivers. */
#include <platform.h>
#include <virtio/blk.h>

unsigned platform_probe_block(void)
{
        return virtio_probe(VIRTIO_BLOCK, virtio_blk_start);
}
