/* Start-up of a virtio device: negotiation, and devices that do not play along. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/driver_host.h>
#include <fake/virtio_device.h>

static struct fake_virtio fake;
static struct virtio_queue queue;

static uint64_t choose(void *ctx, uint64_t offered)
{
        (void)ctx;
        return offered & 1;
}

static void nothing(void *ctx)
{
        (void)ctx;
}

static const struct virtio_class class = {.choose = choose, .on_queue = nothing, .on_config = nothing};

static int set_up(void **state)
{
        (void)state;
        fake_host_reset();
        fake_virtio_init(&fake, VIRTIO_NETWORK, 0);
        return 0;
}

static void only_what_is_chosen_is_accepted(void **state)
{
        (void)state;
        fake.offered = UINT64_MAX;
        assert_int_equal(virtio_start(&fake.device, &class, NULL), 0);
        assert_int_equal(fake.accepted, 1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX | VIRTIO_F_VERSION_1 |
                                                VIRTIO_F_ACCESS_PLATFORM | VIRTIO_F_ORDER_PLATFORM);
        assert_int_equal(fake.status, 11);
        assert_int_equal(virtio_ready(&fake.device), 0);
        assert_int_equal(fake.status, 15);
}

static void a_legacy_device_is_refused_with_the_switch_to_use(void **state)
{
        (void)state;
        fake.offered = 0;
        assert_int_equal(virtio_start(&fake.device, &class, NULL), -ENODEV);
        assert_true(fake_log_has("[virtio] fake: a legacy device; start the hypervisor with `modern=on`"));
        assert_int_equal(fake.status, 128);
}

static void a_reset_that_never_ends_is_given_up(void **state)
{
        (void)state;
        fake.reset_hangs = true;
        assert_int_equal(virtio_start(&fake.device, &class, NULL), -ETIMEDOUT);
        assert_true(fake_log_has("does not finish its reset"));
        assert_true(fake_clock < 1100000000);
}

static void a_device_that_refuses_its_own_features_is_not_used(void **state)
{
        (void)state;
        fake.features_refused = true;
        assert_int_equal(virtio_start(&fake.device, &class, NULL), -ENODEV);
        assert_true(fake_log_has("refuses features that it offered"));
        assert_int_equal(fake.stops, 1);
}

static void a_device_without_an_interrupt_is_not_used(void **state)
{
        (void)state;
        fake.connect_error = -ENOSPC;
        assert_int_equal(virtio_start(&fake.device, &class, NULL), -ENOSPC);
        assert_true(fake_log_has("no interrupt"));
}

static void a_queue_is_as_large_as_both_sides_allow(void **state)
{
        (void)state;
        virtio_start(&fake.device, &class, NULL);
        fake.rings[0].maximum = 64;
        assert_int_equal(virtio_queue_start(&fake.device, &queue, 0, 256), 0);
        assert_int_equal(fake.rings[0].size, 64);
        assert_int_equal(virtio_queue_start(&fake.device, &queue, 1, 32), 0);
        assert_int_equal(fake.rings[1].size, 32);
}

static void expect_impossible(uint32_t size)
{
        fake_log[0] = '\0';
        virtio_start(&fake.device, &class, NULL);
        fake.rings[0].maximum = size;
        assert_int_equal(virtio_queue_start(&fake.device, &queue, 0, 256), -EIO);
        assert_true(fake_log_has("[virtio] fake: queue 0 has an impossible size"));
        assert_int_equal(fake.status, 128);
}

static void queues_of_impossible_sizes_are_refused(void **state)
{
        (void)state;
        expect_impossible(0);
        expect_impossible(100);
        expect_impossible(65536);
        expect_impossible(UINT32_MAX);
}

static void a_queue_without_memory_is_given_up(void **state)
{
        (void)state;
        virtio_start(&fake.device, &class, NULL);
        fake_pages_left = 0;
        assert_int_equal(virtio_queue_start(&fake.device, &queue, 0, 256), -ENOMEM);
        assert_true(fake_log_has("no memory for its queues"));
}

static void a_queue_that_cannot_be_enabled_gives_its_memory_back(void **state)
{
        (void)state;
        virtio_start(&fake.device, &class, NULL);
        fake.enable_error = -EIO;
        assert_int_equal(virtio_queue_start(&fake.device, &queue, 0, 256), -EIO);
        assert_int_equal(fake_pages_used, 0);
}

static void a_device_that_fails_at_the_last_step_is_stopped(void **state)
{
        (void)state;
        virtio_start(&fake.device, &class, NULL);
        fake.status = 64;
        assert_int_equal(virtio_ready(&fake.device), -EIO);
        assert_int_equal(fake.status, 128);
}

static void configuration_is_read_field_by_field(void **state)
{
        (void)state;
        uint16_t fields[2];
        memcpy(fake.config + 6, "\x34\x12\x78\x56", 4);
        assert_int_equal(virtio_config(&fake.device, 6, fields, 2, 2), 0);
        assert_int_equal(fields[0], 0x1234);
        assert_int_equal(fields[1], 0x5678);
}

static void configuration_that_changes_for_ever_is_an_error(void **state)
{
        (void)state;
        uint8_t byte;
        fake.generation_step = 1;
        assert_int_equal(virtio_config(&fake.device, 0, &byte, 1, 1), -EIO);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup(test, set_up)
        const struct CMUnitTest tests[] = {
                TEST(only_what_is_chosen_is_accepted),
                TEST(a_legacy_device_is_refused_with_the_switch_to_use),
                TEST(a_reset_that_never_ends_is_given_up),
                TEST(a_device_that_refuses_its_own_features_is_not_used),
                TEST(a_device_without_an_interrupt_is_not_used),
                TEST(a_queue_is_as_large_as_both_sides_allow),
                TEST(queues_of_impossible_sizes_are_refused),
                TEST(a_queue_without_memory_is_given_up),
                TEST(a_queue_that_cannot_be_enabled_gives_its_memory_back),
                TEST(a_device_that_fails_at_the_last_step_is_stopped),
                TEST(configuration_is_read_field_by_field),
                TEST(configuration_that_changes_for_ever_is_an_error),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
