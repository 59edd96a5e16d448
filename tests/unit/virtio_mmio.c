/* virtio over MMIO against registers that are plain memory, and the command line's description of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/driver_host.h>
#include <fake/pci_space.h>
#include <virtio/mmio.h>

static struct virtio_mmio mmio;
static _Alignas(8) uint8_t registers[0x200];
static unsigned queue_calls, config_calls;

static void put(unsigned offset, uint32_t value)
{
        memcpy(registers + offset, &value, 4);
}

static uint32_t get(unsigned offset)
{
        uint32_t value;
        memcpy(&value, registers + offset, 4);
        return value;
}

static uint64_t choose(void *ctx, uint64_t offered)
{
        (void)ctx;
        return offered & 1;
}

static void on_queue(void *ctx)
{
        (void)ctx;
        queue_calls++;
        put(0x60, 0);
}

static void on_config(void *ctx)
{
        (void)ctx;
        config_calls++;
}

static const struct virtio_class class = {.choose = choose, .on_queue = on_queue, .on_config = on_config};

static int set_up(void **state)
{
        (void)state;
        fake_host_reset();
        fake_pci_reset();
        memset(registers, 0, sizeof registers);
        queue_calls = config_calls = 0;
        put(0x00, 0x74726976);
        put(0x04, 2);
        put(0x08, VIRTIO_NETWORK);
        put(0x10, 1); /* both halves of the features: CSUM and VERSION_1 */
        put(0x34, 128);
        mmio = (struct virtio_mmio){.base = 0xfeb00e00, .bytes = sizeof registers, .gsi = 12};
        return 0;
}

static void a_device_of_the_type_is_found(void **state)
{
        (void)state;
        assert_int_equal(virtio_mmio_attach(&mmio, VIRTIO_NETWORK, registers), 0);
        assert_string_equal(mmio.device.name, "virtio-mmio at 0xfeb00e00");
        assert_int_equal(virtio_mmio_attach(&mmio, VIRTIO_CONSOLE, registers), -ENODEV);
        put(0x08, 0);
        assert_int_equal(virtio_mmio_attach(&mmio, VIRTIO_NETWORK, registers), -ENODEV);
        assert_int_equal(fake_log[0], '\0');
}

static void what_is_no_modern_virtio_device_is_named(void **state)
{
        (void)state;
        put(0x04, 1);
        assert_int_equal(virtio_mmio_attach(&mmio, VIRTIO_NETWORK, registers), -EIO);
        assert_true(fake_log_has("`-global virtio-mmio.force-legacy=false`"));
        put(0x04, 3);
        assert_int_equal(virtio_mmio_attach(&mmio, VIRTIO_NETWORK, registers), -EIO);
        assert_true(fake_log_has("version 3"));
        put(0x00, 0xffffffff);
        assert_int_equal(virtio_mmio_attach(&mmio, VIRTIO_NETWORK, registers), -EIO);
        assert_true(fake_log_has("magic number is 0xffffffff"));
}

static void a_region_that_holds_no_registers_is_refused(void **state)
{
        (void)state;
        assert_int_equal(virtio_mmio_open(&mmio, VIRTIO_NETWORK, 0xfeb00e00, 0x100, 12, 0), -EIO);
        assert_int_equal(virtio_mmio_open(&mmio, VIRTIO_NETWORK, 0xfeb00e00, UINT64_MAX, 12, 0), -EIO);
        assert_int_equal(virtio_mmio_open(&mmio, VIRTIO_NETWORK, 0xfeb00e00, 0x200, 12, 0), -EIO); /* zeros there */
}

static void features_are_read_and_written_in_halves(void **state)
{
        (void)state;
        virtio_mmio_attach(&mmio, VIRTIO_NETWORK, registers);
        assert_int_equal(virtio_start(&mmio.device, &class, NULL), 0);
        assert_int_equal(mmio.device.features, 1 | VIRTIO_F_VERSION_1);
        assert_int_equal(fake_routed_gsi, 12);
        assert_int_equal(fake_routed_vector, 0x30);
}

static void a_queue_is_described_and_enabled(void **state)
{
        (void)state;
        struct virtio_queue queue;
        virtio_mmio_attach(&mmio, VIRTIO_NETWORK, registers);
        virtio_start(&mmio.device, &class, NULL);
        assert_int_equal(virtio_queue_start(&mmio.device, &queue, 1, 64), 0);
        assert_int_equal(get(0x30), 1);
        assert_int_equal(get(0x38), 64);
        assert_int_equal(get(0x44), 1);
        assert_int_equal((uint64_t)get(0x84) << 32 | get(0x80), (uintptr_t)queue.ring.descriptors);
        assert_int_equal((uint64_t)get(0xa4) << 32 | get(0xa0), (uintptr_t)queue.ring.used);
        struct vq_segment segment = {0x1000, 16};
        vq_add(&queue.ring, &segment, 1, 0, NULL);
        assert_true(virtio_kick(&queue));
        assert_int_equal(get(0x50), 1);
        vq_free(&queue.ring);
        struct virtio_queue again; /* in use already: the device did not forget it at reset */
        assert_int_equal(virtio_queue_start(&mmio.device, &again, 1, 64), -EIO);
}

static void an_interrupt_that_never_goes_away_ends(void **state)
{
        (void)state;
        virtio_mmio_attach(&mmio, VIRTIO_NETWORK, registers);
        virtio_start(&mmio.device, &class, NULL);
        put(0x60, 3);
        fake_handlers[0](fake_handler_ctx[0]);
        assert_int_equal(queue_calls, 1);
        assert_int_equal(config_calls, 1);
        assert_int_equal(get(0x64), 3);
        fake_handlers[0](fake_handler_ctx[0]);
        assert_int_equal(queue_calls, 1);
}

static void configuration_beyond_the_registers_reads_as_zero(void **state)
{
        (void)state;
        virtio_mmio_attach(&mmio, VIRTIO_NETWORK, registers);
        put(0x1fc, 0x11223344);
        assert_int_equal(mmio.device.transport->config_read(&mmio.device, 0xfc, 4), 0x11223344);
        assert_int_equal(mmio.device.transport->config_read(&mmio.device, 0xfe, 4), 0);
        assert_int_equal(mmio.device.transport->config_read(&mmio.device, UINT32_MAX, 1), 0);
}

static void expect_parsed(const char *text, uint64_t bytes, uint64_t base, uint32_t gsi)
{
        uint64_t b, a;
        uint32_t g;
        assert_int_equal(virtio_mmio_parse(text, &b, &a, &g), 0);
        assert_int_equal(b, bytes);
        assert_int_equal(a, base);
        assert_int_equal(g, gsi);
}

static void the_words_of_qemu_and_firecracker_are_understood(void **state)
{
        (void)state;
        expect_parsed("512@0xfeb00e00:12", 512, 0xfeb00e00, 12);
        expect_parsed("4K@0xd0000000:5", 4096, 0xd0000000, 5);
        expect_parsed("0x1000@0xd0001000:6:1", 4096, 0xd0001000, 6);
        expect_parsed("1M@010:0", 1 << 20, 8, 0);
}

static void other_words_are_refused(void **state)
{
        (void)state;
        static const char *const bad[] = {"",
                                          "512",
                                          "512@",
                                          "512@0xfeb00e00",
                                          "512@0xfeb00e00:",
                                          "@0x1000:1",
                                          "512@0x:1",
                                          "512@1:2:",
                                          "512@1:2:3:4",
                                          "512@1:2x",
                                          "512@1:256",
                                          "0@1:2",
                                          "512 @1:2",
                                          "-1@1:2",
                                          "09@1:2",
                                          "99999999999999999999@1:2",
                                          "16777216M@1:2000",
                                          "512@18446744073709551615:1",
                                          "18446744073709551615M@1:1",
                                          "0x10000000000000000@1:1"};
        uint64_t bytes, base;
        uint32_t gsi;
        for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
                assert_int_equal(virtio_mmio_parse(bad[i], &bytes, &base, &gsi), -EINVAL);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup(test, set_up)
        const struct CMUnitTest tests[] = {
                TEST(a_device_of_the_type_is_found),
                TEST(what_is_no_modern_virtio_device_is_named),
                TEST(a_region_that_holds_no_registers_is_refused),
                TEST(features_are_read_and_written_in_halves),
                TEST(a_queue_is_described_and_enabled),
                TEST(an_interrupt_that_never_goes_away_ends),
                TEST(configuration_beyond_the_registers_reads_as_zero),
                TEST(the_words_of_qemu_and_firecracker_are_understood),
                TEST(other_words_are_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
