/*
 * A virtio PCI function whose configuration space and registers are the fuzzer's: nothing outside a BAR is mapped,
 * nothing outside what was mapped is touched, and whatever the lists say they end.
 */
#include <assert.h>
#include <string.h>

#include <fake/driver_host.h>
#include <fake/pci_space.h>
#include <virtio/pci.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static uint64_t choose(void *ctx, uint64_t offered)
{
        (void)ctx;
        return offered;
}

static void nothing(void *ctx)
{
        (void)ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
        static const struct pci_function function = {.slot = 3, .vendor = 0x1af4, .device = 0x1041};
        static const struct virtio_class class = {.choose = choose, .on_queue = nothing, .on_config = nothing};
        static struct virtio_pci pci;
        fake_host_reset();
        fake_pci_reset();
        struct fake_pci_function *f = fake_pci_add_virtio(3);
        fake_device_memory[4] = 1;   /* VERSION_1, and the same bit of the lower half */
        fake_device_memory[24] = 64; /* queue size */
        /* Triples: where, and what is there instead; the first half of the space is configuration, then registers. */
        for (; bytes >= 3; data += 3, bytes -= 3) {
                uint8_t *space = (uint8_t *)f->space;
                if (data[2] < 0xc0)
                        space[data[0]] = data[1];
                else if (data[2] < 0xe0)
                        ((uint8_t *)f->bar_mask)[data[0] % sizeof f->bar_mask] = data[1];
                else
                        fake_device_memory[(data[2] & 3u) * 0x1000u + data[0] % 64u] = data[1];
        }
        if (virtio_pci_open(&pci, &function) != 0)
                return 0;
        assert(fake_pci_accesses < 1000);
        if (virtio_start(&pci.device, &class, NULL) != 0)
                return 0;
        struct virtio_queue queue;
        for (uint16_t i = 0; i < 3; i++)
                if (virtio_queue_start(&pci.device, &queue, i, 256) == 0)
                        vq_free(&queue.ring);
        for (uint32_t offset = 0; offset < 64; offset++)
                pci.device.transport->config_read(&pci.device, offset, 1);
        return 0;
}
