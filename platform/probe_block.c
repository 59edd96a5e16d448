/* Block devices of this hypervisor: linked by the block class, and pulls in the drivers. */
#include <platform.h>
#include <virtio/blk.h>
#include <xen/hypercall.h>
#include <xen/blk/blk.h>

struct console_driver;

/*
 * An image that has the virtio transports anyway has virtio-console too. console.h declares it weak, so that others do
 * not; this reference is strong on purpose, and is all that is wanted of the variable.
 */
const struct console_driver *console_virtio(void);
static const struct console_driver *(*const with_console)(void)__attribute__((used)) = console_virtio;

unsigned platform_probe_block(void)
{
        const unsigned xen = xen_is_present() ? xen_blk_probe() : 0;
        return xen + virtio_probe(VIRTIO_BLOCK, virtio_blk_start);
}
