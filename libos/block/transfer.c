/* From a call of any size to requests; see transfer.h. */
#include <errno.h>
#include <string.h>

#include <coracle/memory.h>
#include <platform.h>

#include "../posix/file/vector.h"
#include "transfer.h"

/* What is copied at a time, where copying is needed; with the memory short, a page. */
#define COPY_ORDER 4u

static void one_finished(void *cookie, int status)
{
        struct block_io *io = cookie;
        int none = 0;
        if (status != 0)
                atomic_compare_exchange_strong(&io->error, &none, status);
        if (atomic_fetch_sub(&io->left, 1) == 1)
                io->finished(io);
}

void block_io_begin(struct block_io *io, struct blkdev *device, void (*finished)(struct block_io *io))
{
        *io = (struct block_io){.device = device, .finished = finished, .left = 1};
}

/* An error that no request of its own has, or 0. */
static void fail(struct block_io *io, int status)
{
        atomic_fetch_add(&io->left, 1);
        one_finished(io, status);
}

void block_io_end(struct block_io *io)
{
        blkdev_kick(io->device);
        one_finished(io, 0);
}

/* Returns whether it is under way. */
static bool submit(struct block_io *io, struct blkdev_request *request)
{
        request->done = one_finished;
        request->cookie = io;
        atomic_fetch_add(&io->left, 1);
        int error = blkdev_submit(io->device, request);
        if (error != 0)
                one_finished(io, error);
        return error == 0;
}

/* ---- Waiting ---- */

/* The waiter's frame may be gone as soon as the lock is free. */
static void wait_finished(struct block_io *io)
{
        struct block_wait *wait = list_entry(io, struct block_wait, io);
        spin_lock(&wait->lock);
        wait->finished = true;
        wait_queue_wake_all(&wait->queue);
        spin_unlock(&wait->lock);
}

void block_wait_begin(struct block_wait *wait, struct blkdev *device)
{
        wait->lock = (struct spinlock)SPINLOCK_INIT;
        wait->finished = false;
        wait_queue_init(&wait->queue);
        block_io_begin(&wait->io, device, wait_finished);
}

int block_wait_end(struct block_wait *wait)
{
        block_io_end(&wait->io);
        spin_lock(&wait->lock);
        while (!wait->finished)
                wait_queue_wait(&wait->queue, &wait->lock);
        spin_unlock(&wait->lock);
        return atomic_load(&wait->io.error);
}

/* ---- Reading and writing ---- */

/* What is left of a transfer. */
struct progress {
        enum blkdev_operation operation;
        struct vector_cursor cursor;
        uint64_t position;
        uint64_t left;
};

static uint64_t least(uint64_t a, uint64_t b)
{
        return a < b ? a : b;
}

/*
 * Meets the memory as the program itself would: a page that is not there, or must not be written, is a page fault of
 * the caller's, and not something that a device writes behind the page tables.
 */
static void touch(const char *data, size_t bytes, bool writes)
{
        for (const char *end = data + bytes; data < end;
             data = (const char *)(((uintptr_t)data | (PLATFORM_PAGE_SIZE - 1)) + 1)) {
                _Atomic char *byte = (_Atomic char *)(uintptr_t)data;
                if (writes)
                        atomic_fetch_or_explicit(byte, 0, memory_order_relaxed);
                else
                        atomic_load_explicit(byte, memory_order_relaxed);
        }
}

/* Adds a piece to the segments, to the last one where it goes on there. Returns false when there is no room. */
static bool add_segment(const struct blkdev_info *limits, struct blkdev_segment *segments, unsigned *count, char *data,
                        uint64_t address, uint32_t bytes)
{
        if (*count != 0) {
                struct blkdev_segment *last = &segments[*count - 1];
                if (last->address + last->bytes == address && (char *)last->data + last->bytes == data &&
                    last->bytes <= limits->segment_bytes_max - bytes) {
                        last->bytes += bytes;
                        return true;
                }
        }
        if (*count == limits->segments_max)
                return false;
        segments[(*count)++] = (struct blkdev_segment){.data = data, .address = address, .bytes = bytes};
        return true;
}

/* Cuts segments that hold `bytes` down to `keep`. */
static unsigned cut(struct blkdev_segment *segments, unsigned count, uint32_t bytes, uint32_t keep)
{
        for (uint32_t excess = bytes - keep; excess != 0 && count != 0;) {
                struct blkdev_segment *last = &segments[count - 1];
                uint32_t part = (uint32_t)least(last->bytes, excess);
                last->bytes -= part;
                excess -= part;
                if (last->bytes == 0)
                        count--;
        }
        return count;
}

/* The segments of the next request. Returns their bytes; 0: nothing there can be given to the device as it lies. */
static uint32_t gather(const struct blkdev_info *limits, const struct progress *todo, struct blkdev_segment *segments,
                       unsigned *count)
{
        struct vector_cursor cursor = todo->cursor;
        uint32_t most = (uint32_t)least(todo->left, limits->request_bytes_max);
        uint32_t bytes = 0;
        *count = 0;
        while (bytes < most) {
                char *data = NULL;
                size_t contiguous;
                size_t piece = vector_take(&cursor, least(most - bytes, limits->segment_bytes_max), &data);
                if (piece == 0)
                        break;
                touch(data, 1, todo->operation == BLKDEV_READ); /* what is not there faults here, not below */
                uint64_t address = memory_device_address(data, &contiguous);
                size_t part = address == PLATFORM_NO_DMA ? 0 : least(piece, contiguous);
                if (part == 0 || (((uintptr_t)data | part) & (limits->segment_alignment - 1)) != 0 ||
                    !add_segment(limits, segments, count, data, address, (uint32_t)part))
                        break;
                touch(data, part, todo->operation == BLKDEV_READ);
                cursor.offset -= piece - part;
                bytes += (uint32_t)part;
        }
        uint32_t whole = bytes & ~(limits->block_bytes - 1);
        *count = cut(segments, *count, bytes, whole);
        return whole;
}

static bool request(struct block_io *io, const struct progress *todo, const struct blkdev_segment *segments,
                    unsigned count, uint32_t bytes)
{
        return submit(io, &(struct blkdev_request){.operation = todo->operation,
                                                   .sector = todo->position / BLKDEV_SECTOR,
                                                   .sectors = bytes / BLKDEV_SECTOR,
                                                   .segments = segments,
                                                   .count = count});
}

static void advance(struct progress *todo, uint64_t bytes)
{
        char *unused;
        todo->position += bytes;
        todo->left -= bytes;
        while (bytes != 0)
                bytes -= vector_take(&todo->cursor, bytes, &unused);
}

/* Moves the next bytes through pages of our own, and waits for them. Returns how many, or a negative errno. */
static long copy(struct blkdev *device, struct progress *todo)
{
        const struct blkdev_info *limits = blkdev_info(device);
        unsigned order = COPY_ORDER;
        char *pages = page_alloc(order);
        if (pages == NULL)
                pages = page_alloc(order = 0);
        if (pages == NULL)
                return -ENOMEM;
        size_t contiguous;
        struct blkdev_segment segment = {.data = pages, .address = memory_device_address(pages, &contiguous)};
        segment.bytes = (uint32_t)least(least(PLATFORM_PAGE_SIZE << order, todo->left),
                                        least(limits->request_bytes_max, limits->segment_bytes_max));
        struct vector_cursor cursor = todo->cursor;
        if (todo->operation == BLKDEV_WRITE)
                vector_drain(&cursor, pages, segment.bytes);
        struct block_wait wait;
        block_wait_begin(&wait, device);
        request(&wait.io, todo, &segment, 1, segment.bytes);
        int error = block_wait_end(&wait);
        if (error == 0 && todo->operation == BLKDEV_READ)
                vector_fill(&cursor, pages, segment.bytes);
        page_free(pages, order);
        return error != 0 ? error : (long)segment.bytes;
}

void block_io_transfer(struct block_io *io, enum blkdev_operation operation, const struct iovec *vector, int count,
                       uint64_t position, uint64_t bytes)
{
        struct progress todo = {operation, vector_start(vector, count), position, bytes};
        struct blkdev_segment segments[BLKDEV_SEGMENTS_MAX];
        while (todo.left != 0 && atomic_load(&io->error) == 0) {
                unsigned segment_count;
                uint32_t direct = gather(blkdev_info(io->device), &todo, segments, &segment_count);
                if (direct != 0) {
                        if (!request(io, &todo, segments, segment_count, direct))
                                return;
                        advance(&todo, direct);
                        continue;
                }
                long copied = copy(io->device, &todo);
                if (copied < 0) {
                        fail(io, (int)copied);
                        return;
                }
                advance(&todo, (uint64_t)copied);
        }
}

/* ---- What moves no data ---- */

/* For devices that cannot write zeroes by themselves; waits. Returns the first error, or 0. */
static int write_zeroes(struct blkdev *device, uint64_t sector, uint64_t sectors)
{
        struct iovec vector[16];
        const uint64_t most = sizeof vector / sizeof vector[0] * PLATFORM_PAGE_SIZE / BLKDEV_SECTOR;
        struct block_wait wait;
        void *page = page_alloc(0);
        if (page == NULL)
                return -ENOMEM;
        memset(page, 0, PLATFORM_PAGE_SIZE);
        for (unsigned i = 0; i < sizeof vector / sizeof vector[0]; i++)
                vector[i] = (struct iovec){page, PLATFORM_PAGE_SIZE};
        block_wait_begin(&wait, device);
        for (uint64_t part; sectors != 0; sector += part, sectors -= part) {
                part = least(sectors, most);
                block_io_transfer(&wait.io, BLKDEV_WRITE, vector, sizeof vector / sizeof vector[0],
                                  sector * BLKDEV_SECTOR, part * BLKDEV_SECTOR);
        }
        int error = block_wait_end(&wait);
        page_free(page, 0);
        return error;
}

void block_io_range(struct block_io *io, enum blkdev_operation operation, uint64_t sector, uint64_t sectors)
{
        const struct blkdev_info *info = blkdev_info(io->device);
        uint32_t most = operation == BLKDEV_ZERO ? info->zero_sectors_max : info->discard_sectors_max;
        if (operation == BLKDEV_ZERO && (info->capabilities & BLKDEV_CAN_ZERO) == 0) {
                fail(io, write_zeroes(io->device, sector, sectors));
                return;
        }
        while (sectors != 0) {
                uint64_t part = least(sectors, most);
                struct blkdev_request range = {.operation = operation, .sector = sector, .sectors = part};
                if (!submit(io, &range))
                        return;
                sector += part;
                sectors -= part;
        }
}

void block_io_flush(struct block_io *io)
{
        if ((blkdev_info(io->device)->capabilities & (BLKDEV_CAN_FLUSH | BLKDEV_READ_ONLY)) == BLKDEV_CAN_FLUSH)
                submit(io, &(struct blkdev_request){.operation = BLKDEV_FLUSH});
}
