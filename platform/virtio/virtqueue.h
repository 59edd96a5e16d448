/* Split virtqueue, driver side (virtio 1.2, section 2.7). One owner at a time: callers lock. */
#ifndef CORACLE_VIRTQUEUE_H
#define CORACLE_VIRTQUEUE_H

#include <stdbool.h>
#include <stdint.h>

/* Section 2.7: the largest split ring; a chain is never longer than the ring. */
#define VQ_SIZE_MAX 32768u

/* What one descriptor points at: a device address, contiguous. */
struct vq_segment {
        uint64_t address;
        uint32_t bytes;
};

struct vq_descriptor; /* layouts of section 2.7.5, 2.7.6, 2.7.8 */
struct vq_available;
struct vq_used;
struct vq_chain;

struct virtqueue {
        struct vq_descriptor *descriptors;
        struct vq_available *available;
        struct vq_used *used;
        struct vq_chain *chains; /* the driver's own record, indexed as the descriptors: the device cannot alter it */
        uint16_t size;           /* power of two */
        uint16_t free_head;
        uint16_t free_count;  /* descriptors */
        uint16_t outstanding; /* chains that the device has */
        uint16_t next_available;
        uint16_t published; /* available->idx as the device sees it */
        uint16_t next_used;
        bool event_index;   /* VIRTIO_F_EVENT_IDX negotiated */
        const char *broken; /* why the device is not believed any more, else NULL */
        unsigned order;     /* of the memory at `descriptors` */
};

/* Bytes that a ring of `size` takes, the driver's record included. */
uint32_t vq_bytes(uint16_t size);

/* Makes an empty ring. Returns 0, -EINVAL (size is 0, not a power of two, or too large), -ENOMEM. */
int vq_init(struct virtqueue *vq, uint32_t size, bool event_index);

/* Frees the ring's memory. The device no longer uses it: it was reset. */
void vq_free(struct virtqueue *vq);

/*
 * Adds one chain: `readable` segments, then `writable` ones, at least one in all. The device sees it after
 * vq_publish. Returns 0, -EAGAIN (too few free descriptors), -EIO (broken), -EINVAL.
 */
int vq_add(struct virtqueue *vq, const struct vq_segment *segments, unsigned readable, unsigned writable, void *cookie);

/* The same for the usual chain of one segment. Returns 0, -EAGAIN, -EIO. */
int vq_add_one(struct virtqueue *vq, uint64_t address, uint32_t bytes, bool writable, void *cookie);

/* Bytes of the table that vq_add_indirect needs for `count` segments. */
#define VQ_INDIRECT_BYTES(count) ((count)*16u)

/*
 * The same with one descriptor (section 2.7.5.3): the chain is written into `table`, at device address
 * `table_address`, the caller's until the chain comes back. VIRTIO_F_INDIRECT_DESC was negotiated.
 */
int vq_add_indirect(struct virtqueue *vq, const struct vq_segment *segments, unsigned readable, unsigned writable,
                    void *table, uint64_t table_address, void *cookie);

/* Shows the device what was added. Returns whether it wants to be notified (section 2.7.13). */
bool vq_publish(struct virtqueue *vq);

/*
 * Takes back the next finished chain: its cookie, and in *written how many bytes of its writable segments the device
 * says it filled, never more than there are. NULL: none, or the ring is broken.
 */
void *vq_take(struct virtqueue *vq, uint32_t *written);

/* Chains that vq_take would return now. */
unsigned vq_ready(struct virtqueue *vq);

/*
 * Asks for an interrupt when `chains` more chains have finished, at least 1 and at most those outstanding. Returns
 * true when that is the case already: there may be no interrupt then.
 */
bool vq_interrupt_after(struct virtqueue *vq, uint16_t chains);

/* Asks for none. A hint: one may still come. */
void vq_interrupt_never(struct virtqueue *vq);

#endif
