/* virtio over PCI: what its capabilities say, true or not; and enumeration of the buses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/driver_host.h>
#include <fake/pci_space.h>
#include <virtio/pci.h>

static const struct pci_function function = {.slot = 5, .vendor = 0x1af4, .device = 0x1041};
static struct fake_pci_function *f;
static struct virtio_pci pci;

/* The device's common configuration is at the start of BAR 4, doorbells at 0x3000. */
#define COMMON fake_device_memory

static int set_up(void **state)
{
        (void)state;
        fake_host_reset();
        fake_pci_reset();
        f = fake_pci_add_virtio(5);
        return 0;
}

static uint64_t choose(void *ctx, uint64_t offered)
{
        (void)ctx;
        return offered;
}

static unsigned queue_calls;
static void on_queue(void *ctx)
{
        (void)ctx;
        queue_calls++;
}

static const struct virtio_class class = {.choose = choose, .on_queue = on_queue, .on_config = on_queue};

static void types_of_modern_and_transitional_devices(void **state)
{
        (void)state;
        struct pci_function g = {.vendor = 0x1af4, .device = 0x1000};
        assert_int_equal(virtio_pci_type(&g), VIRTIO_NETWORK);
        g.device = 0x1005;
        assert_int_equal(virtio_pci_type(&g), VIRTIO_ENTROPY);
        g.device = 0x1043;
        assert_int_equal(virtio_pci_type(&g), VIRTIO_CONSOLE);
        g.device = 0x1040;
        assert_int_equal(virtio_pci_type(&g), 0);
        g.vendor = 0x8086;
        assert_int_equal(virtio_pci_type(&g), 0);
}

static void the_registers_of_a_device_are_found(void **state)
{
        (void)state;
        assert_int_equal(virtio_pci_open(&pci, &function), 0);
        assert_string_equal(pci.device.name, "virtio-pci 00:05.0");
        assert_int_equal(fake_device_mapped[0], 0xfe000000);
        assert_int_equal(fake_device_mapped[1], 0xfe003000);
        assert_int_equal(pci.notify_multiplier, 4);
        assert_int_equal(pci.msix.vectors, 3);
        assert_int_equal(f->space[1] & 0x407, 0x406);
}

static void interrupts_and_queues_are_connected(void **state)
{
        (void)state;
        struct virtio_queue queue;
        memcpy(COMMON + 4, "\x01\0\0\0", 4); /* both halves of the features */
        assert_int_equal(virtio_pci_open(&pci, &function), 0);
        assert_int_equal(virtio_start(&pci.device, &class, NULL), 0);
        assert_int_equal(fake_vectors, 2);
        memcpy(COMMON + 24, "\x40\0", 2); /* queue size 64 */
        memcpy(COMMON + 30, "\x02\0", 2); /* its doorbell is number 2 */
        assert_int_equal(virtio_queue_start(&pci.device, &queue, 1, 256), 0);
        assert_ptr_equal(queue.doorbell.address, fake_device_memory + 0x3000 + 8);
        assert_false(queue.doorbell.wide);
        assert_int_equal(COMMON[28], 1);
        fake_handlers[1](fake_handler_ctx[1]);
        assert_int_equal(queue_calls, 1);
        vq_free(&queue.ring);
}

static void a_doorbell_outside_its_region_is_refused(void **state)
{
        (void)state;
        struct virtio_queue queue;
        memcpy(COMMON + 4, "\x01\0\0\0", 4);
        virtio_pci_open(&pci, &function);
        virtio_start(&pci.device, &class, NULL);
        memcpy(COMMON + 24, "\x40\0", 2);
        memcpy(COMMON + 30, "\x00\x04", 2); /* 0x400 * 4 = 0x1000: one beyond */
        assert_int_equal(virtio_queue_start(&pci.device, &queue, 1, 256), -EIO);
        assert_true(fake_log_has("cannot be enabled"));
}

static void a_legacy_device_is_refused_with_the_switch_to_use(void **state)
{
        (void)state;
        fake_pci_put(f, 0x34, 0x80); /* MSI-X only */
        assert_int_equal(virtio_pci_open(&pci, &function), -EIO);
        assert_true(fake_log_has("legacy device"));
        assert_true(fake_log_has("disable-modern=off"));
}

static void registers_outside_their_bar_are_not_mapped(void **state)
{
        (void)state;
        static const uint32_t bad[][3] = {{4, 0x3001, 0x1000}, {4, 0xfffff000, 0x2000}, {4, 0x4000, 0x1000},
                                          {4, 0, 55},          {4, 2, 0x100},           {4, 0, 0x5000},
                                          {0, 0, 0x1000},      {6, 0, 0x1000},          {255, 0, 0x1000}};
        for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                set_up(state);
                fake_pci_put(f, 0x44, bad[i][0]);
                fake_pci_put(f, 0x48, bad[i][1]);
                fake_pci_put(f, 0x4c, bad[i][2]);
                assert_int_equal(virtio_pci_open(&pci, &function), -EIO);
                assert_int_equal(fake_device_maps, 0);
        }
}

static void a_later_capability_stands_in_for_an_impossible_one(void **state)
{
        (void)state;
        fake_pci_put(f, 0x4c, 0x100000);
        fake_pci_put(f, 0x80, 0x00029011);
        fake_pci_put(f, 0x90, 0x01100009);
        fake_pci_put(f, 0x94, 4);
        fake_pci_put(f, 0x98, 0x1000);
        fake_pci_put(f, 0x9c, 0x100);
        assert_int_equal(virtio_pci_open(&pci, &function), 0);
        assert_int_equal(fake_device_mapped[0], 0xfe001000);
}

static void a_device_without_enough_vectors_is_refused(void **state)
{
        (void)state;
        fake_pci_put(f, 0x80, 0x00000011);
        assert_int_equal(virtio_pci_open(&pci, &function), -EIO);
        assert_true(fake_log_has("`vectors=`"));
}

static void an_msix_table_outside_its_bar_is_named(void **state)
{
        (void)state;
        fake_pci_put(f, 0x84, 0x2001);
        assert_int_equal(virtio_pci_open(&pci, &function), -EIO);
        assert_true(fake_log_has("MSI-X table"));
}

static void buses_behind_bridges_are_found_once(void **state)
{
        (void)state;
        fake_pci_reset();
        struct fake_pci_function *bridge = fake_pci_add(0, 1, 0, 0x8086, 1);
        fake_pci_put(bridge, 0x0c, 0x00010000);
        fake_pci_put(bridge, 0x18, 0x00010100); /* to bus 1 */
        struct fake_pci_function *many = fake_pci_add(0, 2, 0, 0x8086, 2);
        fake_pci_put(many, 0x0c, 0x00800000);
        fake_pci_add(0, 2, 7, 0x8086, 3);
        struct fake_pci_function *loop = fake_pci_add(1, 0, 0, 0x8086, 4);
        fake_pci_put(loop, 0x0c, 0x00010000);
        fake_pci_put(loop, 0x18, 0x00000100); /* closed */
        struct fake_pci_function *back = fake_pci_add(1, 1, 0, 0x8086, 5);
        fake_pci_put(back, 0x0c, 0x00010000);
        fake_pci_put(back, 0x18, 0x00010100); /* to itself */
        fake_pci_add(1, 31, 0, 0x1af4, 0x1041);
        for (uint8_t slot = 3; slot < 31; slot++) { /* more than are kept */
                struct fake_pci_function *g = fake_pci_add(0, slot, 0, 0x8086, 9);
                if (slot < 5)
                        fake_pci_put(g, 0x0c, 0x00800000);
                if (slot < 5)
                        fake_pci_add(0, slot, 1, 0x8086, 10);
        }
        assert_int_equal(pci_function_get(0)->device, 2);
        assert_int_equal(pci_function_get(1)->device, 3);
        assert_int_equal(pci_function_get(1)->function, 7);
        assert_int_equal(pci_function_get(32)->device, 0x1041);
        assert_int_equal(pci_function_get(32)->bus, 1);
        assert_null(pci_function_get(33));
        unsigned accesses = fake_pci_accesses;
        assert_null(pci_function_get(64));
        assert_int_equal(fake_pci_accesses, accesses);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup(test, set_up)
        const struct CMUnitTest tests[] = {
                TEST(types_of_modern_and_transitional_devices),
                TEST(the_registers_of_a_device_are_found),
                TEST(interrupts_and_queues_are_connected),
                TEST(a_doorbell_outside_its_region_is_refused),
                TEST(a_legacy_device_is_refused_with_the_switch_to_use),
                TEST(registers_outside_their_bar_are_not_mapped),
                TEST(a_later_capability_stands_in_for_an_impossible_one),
                TEST(a_device_without_enough_vectors_is_refused),
                TEST(an_msix_table_outside_its_bar_is_named),
                TEST(buses_behind_bridges_are_found_once),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
