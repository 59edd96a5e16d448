/*
 * The block class and the way from calls to requests, on a disk that is an array: it checks that every request keeps
 * to its limits, holds few at a time, finishes them in any order, and fails where it is told to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include <coracle/blkdev_driver.h>
#include <coracle/memory.h>
#include <fake/driver_host.h>
#include <fake/no_threads.h>
#include <libos/block/transfer.h>
#include <platform.h>

#define SECTORS  4096u
#define HELD_MAX 8u

static struct blkdev disk;
static uint8_t contents[SECTORS * BLKDEV_SECTOR];

/* ---- The driver ---- */

struct held {
        struct blkdev_request request;
        struct blkdev_segment segments[BLKDEV_SEGMENTS_MAX];
        bool used;
};

static struct held held[HELD_MAX];
static unsigned sleeps, held_count, held_limit, kicked, submitted;
static uint64_t bad_sector;
static size_t chunk; /* memory is contiguous up to multiples of this */
static unsigned random_state;

static unsigned any(unsigned below)
{
        random_state = random_state * 1103515245u + 12345u;
        return (random_state >> 8) % below;
}

static void keeps_to_its_limits(const struct blkdev_request *request)
{
        const struct blkdev_info *info = &disk.info;
        bool moves = request->operation == BLKDEV_READ || request->operation == BLKDEV_WRITE;
        uint64_t bytes = 0;
        assert_in_range(request->count, moves ? 1 : 0, moves ? info->segments_max : 0);
        for (unsigned i = 0; i < request->count; i++) {
                const struct blkdev_segment *segment = &request->segments[i];
                assert_in_range(segment->bytes, 1, info->segment_bytes_max);
                assert_int_equal((segment->address | segment->bytes) & (info->segment_alignment - 1), 0);
                assert_ptr_equal(segment->data, (void *)(uintptr_t)segment->address);
                bytes += segment->bytes;
        }
        if (moves) {
                assert_int_equal(bytes, request->sectors * BLKDEV_SECTOR);
                assert_int_equal(bytes % info->block_bytes, 0);
                assert_in_range(bytes, info->block_bytes, info->request_bytes_max);
        }
        if (request->operation == BLKDEV_DISCARD)
                assert_in_range(request->sectors, 1, info->discard_sectors_max);
        if (request->operation == BLKDEV_ZERO)
                assert_in_range(request->sectors, 1, info->zero_sectors_max);
        assert_true(request->sector + request->sectors <= SECTORS);
}

static int submit(struct blkdev *device, const struct blkdev_request *request)
{
        assert_ptr_equal(device, &disk);
        keeps_to_its_limits(request);
        if (held_count == held_limit)
                return -EAGAIN;
        unsigned at = 0;
        while (held[at].used)
                at++;
        held[at].used = true;
        held[at].request = *request;
        if (request->count != 0)
                memcpy(held[at].segments, request->segments, request->count * sizeof *request->segments);
        held_count++;
        submitted++;
        kicked = 0;
        return 0;
}

static void kick(struct blkdev *device)
{
        (void)device;
        kicked = 1;
}

static int carry_out(struct held *h)
{
        uint8_t *at = contents + h->request.sector * BLKDEV_SECTOR;
        if (bad_sector - h->request.sector < h->request.sectors)
                return -EIO;
        if (h->request.operation == BLKDEV_ZERO)
                memset(at, 0, h->request.sectors * BLKDEV_SECTOR);
        for (unsigned i = 0; i < h->request.count; at += h->segments[i++].bytes) {
                if (h->request.operation == BLKDEV_WRITE)
                        memcpy(at, h->segments[i].data, h->segments[i].bytes);
                else
                        memcpy(h->segments[i].data, at, h->segments[i].bytes);
        }
        return 0;
}

static void reap(struct blkdev *device)
{
        unsigned at = any(HELD_MAX);
        while (!held[at].used)
                at = (at + 1) % HELD_MAX;
        held[at].used = false;
        held_count--;
        blkdev_done(device, held[at].request.done, held[at].request.cookie, carry_out(&held[at]));
}

static const struct blkdev_operations operations = {.submit = submit, .kick = kick, .reap = reap};

/* While a thread sleeps: what it has queued must have been shown to the device before. */
static void work(void)
{
        assert_true(held_count != 0 && kicked); /* else it sleeps for ever */
        sleeps++;
        blkdev_interrupt(&disk);
}

uint64_t memory_device_address(const void *pointer, size_t *bytes)
{
        *bytes = chunk - (uintptr_t)pointer % chunk;
        return (uintptr_t)pointer;
}

unsigned platform_probe_block(void)
{
        return blkdev_register(&disk, "vd", BLKDEV_NEXT) == 0;
}

static int set_up(void **state)
{
        (void)state;
        fake_host_reset();
        disk.operations = &operations;
        disk.info = (struct blkdev_info){.name = "vda",
                                         .block_bytes = 512,
                                         .segments_max = 16,
                                         .segment_bytes_max = 65536,
                                         .request_bytes_max = 65536,
                                         .segment_alignment = 1,
                                         .discard_sectors_max = 100,
                                         .zero_sectors_max = 100,
                                         .capabilities = BLKDEV_CAN_FLUSH | BLKDEV_CAN_DISCARD | BLKDEV_CAN_ZERO};
        disk.disabled = false;
        memset(&disk.statistics, 0, sizeof disk.statistics);
        atomic_store(&disk.sectors, SECTORS);
        blkdev_start();
        held_limit = HELD_MAX;
        held_count = submitted = sleeps = 0;
        bad_sector = UINT64_MAX;
        chunk = 4096;
        random_state = 1;
        fake_on_sleep = work;
        for (size_t i = 0; i < sizeof contents; i++)
                contents[i] = (uint8_t)(i * 7 + (i >> 9));
        return 0;
}

/* ---- Tests ---- */

static int transfer(enum blkdev_operation operation, const struct iovec *vector, int count, uint64_t position,
                    uint64_t bytes)
{
        struct block_wait wait;
        block_wait_begin(&wait, &disk);
        block_io_transfer(&wait.io, operation, vector, count, position, bytes);
        return block_wait_end(&wait);
}

/* Random limits, memory and positions, against the same done on a copy of the disk. */
static void calls_of_any_shape_move_the_bytes_they_name(void **state)
{
        static uint8_t copy[sizeof contents], memory[2 * sizeof contents];
        (void)state;
        memcpy(copy, contents, sizeof copy);
        for (unsigned round = 0; round < 3000; round++) {
                uint32_t block = 512u << any(4);
                disk.info.block_bytes = block;
                disk.info.segments_max = 1 + any(20);
                disk.info.segment_bytes_max = block * (1 + any(9));
                disk.info.request_bytes_max = block * (1 + any(40));
                disk.info.segment_alignment = 1u << any(10);
                held_limit = 1 + any(HELD_MAX);
                chunk = 512u << any(8);
                uint64_t bytes = (uint64_t)block * (1 + any(30));
                uint64_t position = any((unsigned)((sizeof contents - bytes) / block)) * (uint64_t)block;
                struct iovec vector[12];
                size_t left = bytes, at = any(3000);
                int count = 0;
                for (; left != 0; count++) {
                        size_t piece = count == 11 || any(4) == 0 ? left : any((unsigned)left + 1);
                        vector[count] = (struct iovec){memory + at, piece};
                        at += piece + any(100) * (any(2) ? 1 : 512);
                        left -= piece;
                }
                bool writes = any(2);
                for (size_t i = 0; i < at; i += 5)
                        memory[i] = (uint8_t)any(256);
                assert_int_equal(transfer(writes ? BLKDEV_WRITE : BLKDEV_READ, vector, count, position, bytes), 0);
                uint8_t *there = copy + position;
                for (int i = 0; i < count; there += vector[i++].iov_len) {
                        if (writes)
                                memcpy(there, vector[i].iov_base, vector[i].iov_len);
                        else
                                assert_memory_equal(there, vector[i].iov_base, vector[i].iov_len);
                }
                assert_memory_equal(copy, contents, sizeof copy);
                assert_int_equal(held_count, 0);
                assert_int_equal(fake_pages_used, 0);
        }
}

static void memory_in_one_piece_is_one_request(void **state)
{
        static uint8_t memory[65536] __attribute__((aligned(4096)));
        struct iovec vector = {memory, sizeof memory};
        (void)state;
        assert_int_equal(transfer(BLKDEV_READ, &vector, 1, 0, sizeof memory), 0);
        assert_int_equal(submitted, 1);
        assert_int_equal(disk.statistics.reads, 1);
        assert_int_equal(disk.statistics.read_bytes, 65536);
        assert_memory_equal(memory, contents, sizeof memory);
}

static void a_large_call_is_in_flight_all_at_once(void **state)
{
        static uint8_t memory[HELD_MAX * 65536] __attribute__((aligned(4096)));
        struct iovec vector = {memory, sizeof memory};
        (void)state;
        chunk = 1 << 20;
        struct block_wait wait;
        block_wait_begin(&wait, &disk);
        block_io_transfer(&wait.io, BLKDEV_WRITE, &vector, 1, 0, sizeof memory);
        assert_int_equal(held_count, HELD_MAX);
        assert_int_equal(sleeps, 0);
        assert_int_equal(block_wait_end(&wait), 0);
}

static void a_failed_request_fails_the_call_and_not_the_next(void **state)
{
        static uint8_t memory[65536 * 4];
        struct iovec vector = {memory, sizeof memory};
        (void)state;
        bad_sector = 300;
        assert_int_equal(transfer(BLKDEV_READ, &vector, 1, 0, sizeof memory), -EIO);
        assert_int_equal(held_count, 0);
        assert_int_equal(transfer(BLKDEV_WRITE, &vector, 1, 301ul * 512, 512), 0);
        assert_int_equal(transfer(BLKDEV_WRITE, &vector, 1, 299ul * 512, 1024), -EIO);
        assert_int_equal(disk.statistics.errors, 2);
        /* memory that has to be copied */
        disk.info.segment_alignment = 512;
        vector.iov_base = memory + 1;
        assert_int_equal(transfer(BLKDEV_READ, &vector, 1, 300ul * 512, 512), -EIO);
        assert_int_equal(transfer(BLKDEV_READ, &vector, 1, 302ul * 512, 512), 0);
        assert_int_equal(fake_pages_used, 0);
}

static void without_memory_to_copy_through_a_call_fails(void **state)
{
        static uint8_t memory[1024];
        struct iovec vector = {memory + 1, 512};
        (void)state;
        disk.info.segment_alignment = 512;
        fake_pages_left = 0;
        assert_int_equal(transfer(BLKDEV_READ, &vector, 1, 0, 512), -ENOMEM);
        fake_pages_left = 1; /* one page does */
        assert_int_equal(transfer(BLKDEV_READ, &vector, 1, 0, 512), 0);
        assert_memory_equal(memory + 1, contents, 512);
}

static int range(enum blkdev_operation operation, uint64_t sector, uint64_t sectors)
{
        struct block_wait wait;
        block_wait_begin(&wait, &disk);
        block_io_range(&wait.io, operation, sector, sectors);
        return block_wait_end(&wait);
}

static bool is_zero(uint64_t sector, uint64_t sectors)
{
        for (uint64_t i = sector * 512; i < (sector + sectors) * 512; i++)
                if (contents[i] != 0)
                        return false;
        return contents[sector * 512 - 1] != 0 && contents[(sector + sectors) * 512 + 1] != 0;
}

static void zeroes_are_the_devices_or_written(void **state)
{
        (void)state;
        assert_int_equal(range(BLKDEV_ZERO, 5, 1001), 0);
        assert_true(is_zero(5, 1001));
        assert_int_equal(disk.statistics.writes, 0);
        disk.info.capabilities = 0;
        assert_int_equal(range(BLKDEV_ZERO, 1301, 1003), 0);
        assert_true(is_zero(1301, 1003));
        assert_int_equal(disk.statistics.written_bytes, 1003 * 512);
}

static void what_a_device_cannot_do_is_refused(void **state)
{
        uint8_t memory[512];
        struct iovec vector = {memory, 512};
        struct block_wait wait;
        (void)state;
        assert_int_equal(range(BLKDEV_DISCARD, 0, 1000), 0);
        assert_int_equal(submitted, 10);
        disk.info.capabilities = 0;
        assert_int_equal(range(BLKDEV_DISCARD, 0, 1000), -ENOTSUP);
        disk.info.capabilities = BLKDEV_READ_ONLY | BLKDEV_CAN_DISCARD | BLKDEV_CAN_ZERO;
        assert_int_equal(range(BLKDEV_DISCARD, 0, 1000), -EROFS);
        assert_int_equal(range(BLKDEV_ZERO, 0, 1000), -EROFS);
        assert_int_equal(transfer(BLKDEV_WRITE, &vector, 1, 0, 512), -EROFS);
        assert_int_equal(transfer(BLKDEV_READ, &vector, 1, 0, 512), 0);
        submitted = 0;
        block_wait_begin(&wait, &disk); /* nothing to flush without a cache */
        block_io_flush(&wait.io);
        assert_int_equal(block_wait_end(&wait), 0);
        assert_int_equal(submitted, 0);
}

static void a_disabled_device_answers_eio(void **state)
{
        uint8_t memory[512];
        struct iovec vector = {memory, 512};
        (void)state;
        spin_lock(&disk.lock);
        blkdev_disable(&disk, "it lied");
        blkdev_disable(&disk, "it lied again");
        spin_unlock(&disk.lock);
        assert_true(fake_log_has("[block] vda: it lied; it is disabled\n"));
        assert_false(fake_log_has("again"));
        assert_int_equal(transfer(BLKDEV_READ, &vector, 1, 0, 512), -EIO);
        blkdev_interrupt(&disk);
        blkdev_kick(&disk);
        assert_int_equal(submitted, 0);
}

static void devices_have_names_in_a_row_or_their_own(void **state)
{
        static struct blkdev more[4];
        (void)state;
        assert_ptr_equal(blkdev_get(0), &disk);
        assert_int_equal(blkdev_register(&more[0], "vd", BLKDEV_NEXT), 0);
        assert_string_equal(more[0].info.name, "vdb");
        assert_int_equal(blkdev_register(&more[1], "xvd", 3), 0);
        assert_string_equal(more[1].info.name, "xvdd");
        assert_int_equal(blkdev_register(&more[2], "xvd", 3), -EEXIST);
        assert_int_equal(blkdev_register(&more[2], "xvd", BLKDEV_NEXT), 0);
        assert_ptr_equal(blkdev_find("xvda"), &more[2]);
        assert_ptr_equal(blkdev_find("xvdb"), NULL);
        assert_int_equal(blkdev_count(), 4);
        assert_null(blkdev_get(4));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
        const struct CMUnitTest tests[] = {
                TEST(calls_of_any_shape_move_the_bytes_they_name),
                TEST(memory_in_one_piece_is_one_request),
                TEST(a_large_call_is_in_flight_all_at_once),
                TEST(a_failed_request_fails_the_call_and_not_the_next),
                TEST(without_memory_to_copy_through_a_call_fails),
                TEST(zeroes_are_the_devices_or_written),
                TEST(what_a_device_cannot_do_is_refused),
                TEST(a_disabled_device_answers_eio),
                TEST(devices_have_names_in_a_row_or_their_own),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
