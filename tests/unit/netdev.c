/* The registry of network devices. One test after another adds to it: it has no way to forget. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <coracle/netdev_driver.h>
#include <errno.h>
#include <fake/driver_host.h>

static struct netdev devices[NETDEV_DEVICES_MAX + 1];
static unsigned transmits, polls, wakes;

static int transmit(struct netdev *device, const struct netdev_segment *segments, unsigned count,
                    const struct netdev_offload *offload, void (*done)(void *cookie), void *cookie)
{
        (void)device, (void)segments, (void)count, (void)offload, (void)done, (void)cookie;
        transmits++;
        return 0;
}

static void flush(struct netdev *device)
{
        (void)device;
}

static unsigned poll(struct netdev *device, unsigned budget, void (*receive)(void *ctx, struct netdev_buffer *packet),
                     void *ctx)
{
        (void)device, (void)budget, (void)receive, (void)ctx;
        polls++;
        return 0;
}

static bool arm(struct netdev *device)
{
        (void)device;
        return false;
}

static const struct netdev_operations operations = {transmit, flush, poll, arm};

static void wake(void *ctx)
{
        wakes += ctx == &wakes;
}

static void devices_are_named_in_the_order_of_their_registration(void **state)
{
        (void)state;
        struct netdev_info info;
        fake_host_reset();
        assert_null(netdev_get(0));
        for (unsigned i = 0; i < NETDEV_DEVICES_MAX; i++) {
                devices[i] = (struct netdev){.operations = &operations, .link_up = true};
                assert_int_equal(netdev_register(&devices[i]), 0);
        }
        assert_int_equal(netdev_register(&devices[NETDEV_DEVICES_MAX]), -ENOSPC);
        assert_int_equal(netdev_count(), NETDEV_DEVICES_MAX);
        netdev_info(netdev_get(7), &info);
        assert_string_equal(info.name, "net7");
        assert_null(netdev_get(8));
        assert_null(netdev_get(UINT32_MAX));
}

static void a_wake_before_anybody_listens_is_harmless(void **state)
{
        (void)state;
        netdev_wake(&devices[0]);
        netdev_set_wake(&devices[0], wake, &wakes);
        netdev_wake(&devices[0]);
        assert_int_equal(wakes, 1);
}

static void a_disabled_device_is_named_once_and_only_polled(void **state)
{
        (void)state;
        struct netdev *device = netdev_get(2);
        assert_true(netdev_link_up(device));
        assert_int_equal(netdev_transmit(device, NULL, 0, NULL, NULL, NULL), 0);
        netdev_disable(device, "it lied");
        assert_string_equal(fake_log, "[net] net2: it lied; it is disabled\n");
        netdev_disable(device, "it lied again");
        assert_false(fake_log_has("again"));
        assert_int_equal(netdev_transmit(device, NULL, 0, NULL, NULL, NULL), -ENODEV);
        assert_int_equal(transmits, 1);
        assert_false(netdev_link_up(device));
        netdev_poll(device, 1, NULL, NULL);
        assert_int_equal(polls, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(devices_are_named_in_the_order_of_their_registration),
                cmocka_unit_test(a_wake_before_anybody_listens_is_harmless),
                cmocka_unit_test(a_disabled_device_is_named_once_and_only_polled),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
