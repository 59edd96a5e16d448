/* virtio-blk (virtio 1.2, section 5.2): start-up, what the device says of itself, interrupts. */
#include <errno.h>
#include <string.h>

#include <coracle/log.h>
#include <coracle/memory.h>
#include <platform.h>
#include <virtio/blk.h>

/* Section 5.2.4: struct virtio_blk_config */
#define CONFIG_CAPACITY             0u
#define CONFIG_SIZE_MAX             8u
#define CONFIG_SEG_MAX              12u
#define CONFIG_BLK_SIZE             20u
#define CONFIG_PHYSICAL_EXPONENT    24u
#define CONFIG_DISCARD_SECTORS      36u
#define CONFIG_WRITE_ZEROES_SECTORS 48u

#define BLOCK_MOST         4096u
#define REQUEST_BYTES      (1u << 18) /* larger calls are several requests, so that the host works on them at once */
#define RING_LEAST         16u
#define RING_MOST          256u
#define MEMORY_PER_ENTRY   65536u /* of the guest: 16 MiB for the largest ring, whose slots take 130 KiB */
#define SECTORS_MAX        (UINT64_MAX / BLKDEV_SECTOR / 2)
#define RANGE_SECTORS_MOST (1u << 21) /* 1 GiB of a discard at a time: others get their turn */

static uint64_t choose(void *ctx, uint64_t offered)
{
        (void)ctx;
        (void)offered;
        return VIRTIO_BLK_F_SIZE_MAX | VIRTIO_BLK_F_SEG_MAX | VIRTIO_BLK_F_RO | VIRTIO_BLK_F_BLK_SIZE |
               VIRTIO_BLK_F_FLUSH | VIRTIO_BLK_F_TOPOLOGY | VIRTIO_BLK_F_DISCARD | VIRTIO_BLK_F_WRITE_ZEROES;
}

static void on_queue(void *ctx)
{
        struct virtio_blk *blk = ctx;
        blkdev_interrupt(&blk->blkdev);
}

/* Returns 0, or -EIO: no device has that many. */
static int read_capacity(const struct virtio_blk *blk, uint64_t *sectors)
{
        int error = virtio_config(blk->device, CONFIG_CAPACITY, sectors, 2, 4);
        return error == 0 && *sectors > SECTORS_MAX ? -EIO : error;
}

static void on_config(void *ctx)
{
        struct virtio_blk *blk = ctx;
        uint64_t sectors;
        if (read_capacity(blk, &sectors) == 0)
                blkdev_resized(&blk->blkdev, sectors);
}

static const struct virtio_class class = {.choose = choose, .on_queue = on_queue, .on_config = on_config};

static const struct blkdev_operations operations = {
        .submit = virtio_blk_submit,
        .kick = virtio_blk_kick,
        .reap = virtio_blk_reap,
};

/* A field of four bytes that is there with `feature`; else *value stays. */
static int optional(const struct virtio_blk *blk, uint64_t feature, uint32_t offset, uint32_t *value)
{
        return virtio_has(blk->device, feature) ? virtio_config(blk->device, offset, value, 1, 4) : 0;
}

static uint32_t least(uint32_t a, uint32_t b)
{
        return a < b ? a : b;
}

/* The limits of requests from what the device said. Returns why it cannot be used, or NULL. */
static const char *set_limits(struct virtio_blk *blk, uint32_t size_max, uint32_t seg_max, uint8_t exponent)
{
        struct blkdev_info *info = &blk->blkdev.info;
        uint32_t block = info->block_bytes;
        if (block < BLKDEV_SECTOR || block > BLOCK_MOST || (block & (block - 1)) != 0)
                return "its block size is none of 512 to 4096; it is not used";
        if (seg_max == 0 || size_max < block)
                return "it takes less than a block at a time; it is not used";
        info->segments_max = least(seg_max, VIRTIO_BLK_SEGMENTS);
        info->segment_bytes_max = least(size_max, REQUEST_BYTES) & ~(block - 1);
        info->request_bytes_max = REQUEST_BYTES;
        info->segment_alignment = 1;
        info->physical_block_bytes = exponent < 8 ? block << exponent : block;
        info->discard_sectors_max = least(info->discard_sectors_max, RANGE_SECTORS_MOST) & ~(block / BLKDEV_SECTOR - 1);
        info->zero_sectors_max = least(info->zero_sectors_max, RANGE_SECTORS_MOST) & ~(block / BLKDEV_SECTOR - 1);
        return NULL;
}

/* What the device says of itself, checked. Returns why it cannot be used, or NULL. */
static const char *read_config(struct virtio_blk *blk)
{
        struct blkdev_info *info = &blk->blkdev.info;
        uint64_t sectors = 0;
        uint32_t size_max = UINT32_MAX, seg_max = 1;
        uint8_t exponent = 0;
        info->block_bytes = BLKDEV_SECTOR;
        int error = read_capacity(blk, &sectors);
        error |= optional(blk, VIRTIO_BLK_F_SIZE_MAX, CONFIG_SIZE_MAX, &size_max);
        error |= optional(blk, VIRTIO_BLK_F_SEG_MAX, CONFIG_SEG_MAX, &seg_max);
        error |= optional(blk, VIRTIO_BLK_F_BLK_SIZE, CONFIG_BLK_SIZE, &info->block_bytes);
        error |= optional(blk, VIRTIO_BLK_F_DISCARD, CONFIG_DISCARD_SECTORS, &info->discard_sectors_max);
        error |= optional(blk, VIRTIO_BLK_F_WRITE_ZEROES, CONFIG_WRITE_ZEROES_SECTORS, &info->zero_sectors_max);
        if (virtio_has(blk->device, VIRTIO_BLK_F_TOPOLOGY))
                error |= virtio_config(blk->device, CONFIG_PHYSICAL_EXPONENT, &exponent, 1, 1);
        if (error != 0)
                return "its configuration makes no sense or does not hold still; it is not used";
        atomic_init(&blk->blkdev.sectors, sectors);
        return set_limits(blk, size_max, seg_max, exponent);
}

static void set_capabilities(struct virtio_blk *blk)
{
        struct blkdev_info *info = &blk->blkdev.info;
        if (virtio_has(blk->device, VIRTIO_BLK_F_RO))
                info->capabilities |= BLKDEV_READ_ONLY;
        if (virtio_has(blk->device, VIRTIO_BLK_F_FLUSH))
                info->capabilities |= BLKDEV_CAN_FLUSH;
        if (info->discard_sectors_max != 0)
                info->capabilities |= BLKDEV_CAN_DISCARD;
        if (info->zero_sectors_max != 0)
                info->capabilities |= BLKDEV_CAN_ZERO;
}

/* In proportion to memory: the ring and its slots take a hundredth of a small guest at most. */
static uint32_t ring_size(void)
{
        const uint64_t bytes = memory_total();
        uint32_t size = RING_LEAST;
        while (size < RING_MOST && size * 2ull * MEMORY_PER_ENTRY <= bytes)
                size *= 2;
        return size;
}

static int start(struct virtio_blk *blk)
{
        struct virtio_device *device = blk->device;
        int error = virtio_start(device, &class, blk);
        if (error != 0)
                return error;
        const char *why = read_config(blk);
        if (why != NULL) {
                virtio_fail(device, why);
                return -EIO;
        }
        set_capabilities(blk);
        error = virtio_queue_start(device, &blk->queue, 0, ring_size());
        if (error != 0)
                return error;
        /* Section 2.7.5.3.1: a chain, indirect or not, is no longer than the ring. */
        struct blkdev_info *info = &blk->blkdev.info;
        uint32_t size = blk->queue.ring.size;
        info->segments_max = size > 3 ? least(info->segments_max, size - 2) : 1;
        error = size > 2 ? virtio_blk_queue_init(blk) : -EIO;
        if (error != 0) {
                virtio_fail(device, "no room for its requests; it is not used");
                return error;
        }
        return virtio_ready(device);
}

int virtio_blk_start(struct virtio_device *device)
{
        struct virtio_blk *blk = page_alloc(0);
        if (blk == NULL)
                return -ENOMEM;
        _Static_assert(sizeof *blk <= PLATFORM_PAGE_SIZE, "one page");
        memset(blk, 0, sizeof *blk);
        blk->device = device;
        blk->blkdev.operations = &operations;
        blk->blkdev.info.driver = "virtio-blk";
        int error = start(blk);
        if (error != 0) /* an interrupt may still name the structure: it is kept */
                return error;
        error = blkdev_register(&blk->blkdev, "vd", BLKDEV_NEXT);
        if (error != 0) {
                virtio_fail(device, "there are too many disks; it is not used");
                return error;
        }
        log_info("block", "%s: %s, %llu MiB in blocks of %u%s, features 0x%llx, ring of %u", blk->blkdev.info.name,
                 device->name, (unsigned long long)atomic_load(&blk->blkdev.sectors) >> 11,
                 blk->blkdev.info.block_bytes, virtio_has(device, VIRTIO_BLK_F_RO) ? ", read-only" : "",
                 (unsigned long long)device->features, blk->queue.ring.size);
        return 0;
}
