/* virtio over MMIO (virtio 1.2, section 4.2): one transport for each device, announced by whoever knows the place. */
#ifndef CORACLE_VIRTIO_MMIO_H
#define CORACLE_VIRTIO_MMIO_H

#include <virtio/virtio.h>

struct virtio_mmio {
        struct virtio_device device;
        volatile uint8_t *registers;
        uint64_t base; /* physical */
        uint64_t bytes;
        uint32_t gsi;
        uint32_t irq_flags;
};

/*
 * Maps the registers at `base` and looks who is there. Returns 0 with mmio->device ready for virtio_start, -ENODEV
 * when it is not a device of `type`, -EIO after saying what is wrong.
 */
int virtio_mmio_open(struct virtio_mmio *mmio, enum virtio_type type, uint64_t base, uint64_t bytes, uint32_t gsi,
                     uint32_t irq_flags);

/* The same with registers that are mapped already. */
int virtio_mmio_attach(struct virtio_mmio *mmio, enum virtio_type type, volatile uint8_t *registers);

/*
 * Reads `SIZE@ADDRESS:IRQ[:ID]`, the value of a virtio_mmio.device= word (numbers as in C; SIZE may end in K or M).
 * Returns 0 or -EINVAL.
 */
int virtio_mmio_parse(const char *text, uint64_t *bytes, uint64_t *base, uint32_t *gsi);

#endif
