/* virtio-rng: a device that gives, then one that gives nothing. The driver keeps its first device for ever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <entropy.h>
#include <errno.h>
#include <fake/driver_host.h>
#include <fake/virtio_device.h>
#include <platform.h>
#include <virtio/rng.h>

static struct fake_virtio fake;
static bool silent;
static unsigned probes;

/* While the driver sleeps the device works. */
int platform_idle(uint64_t deadline)
{
        struct fake_ring *ring = &fake.rings[0];
        int head;
        if (silent) {
                fake_clock = deadline;
                return -ETIME;
        }
        while ((head = fake_pop(ring)) >= 0)
                fake_push(ring, (uint32_t)head, fake_fill(ring, head, fake_log, 64));
        return 0;
}

unsigned virtio_probe(enum virtio_type type, int (*start)(struct virtio_device *device))
{
        probes++;
        assert_int_equal(type, VIRTIO_ENTROPY);
        return start(&fake.device) == 0;
}

static void random_bytes_come_in_pieces_of_the_devices_choice(void **state)
{
        (void)state;
        fake_host_reset();
        memset(fake_log, 0xa7, 64);
        fake_virtio_init(&fake, VIRTIO_ENTROPY, VIRTIO_F_EVENT_IDX);
        uint8_t bytes[300] = {0};
        const struct entropy_source *source = entropy_virtio();
        assert_non_null(source);
        assert_string_equal(source->name, "virtio-rng");
        assert_int_equal(source->fill(source->ctx, bytes, sizeof bytes), 64);
        assert_int_equal(bytes[63], 0xa7);
        assert_int_equal(bytes[64], 0);
        assert_int_equal(source->fill(source->ctx, bytes, 10), 10);
        assert_int_equal(source->fill(source->ctx, bytes, 0), 0);
        entropy_virtio();
        assert_int_equal(probes, 1);
}

static void a_silent_device_is_given_up_after_two_seconds(void **state)
{
        (void)state;
        uint8_t byte;
        const struct entropy_source *source = entropy_virtio();
        memset(fake_log, 0, sizeof fake_log);
        fake_clock = 0;
        silent = true;
        assert_int_equal(source->fill(source->ctx, &byte, 1), -EIO);
        assert_in_range(fake_clock, 2000000000, 2100000000);
        assert_true(fake_log_has("[virtio] fake: no random bytes within two seconds"));
        assert_int_equal(fake.stops, 1);
        silent = false;
        assert_int_equal(source->fill(source->ctx, &byte, 1), -EIO);
        assert_int_equal(fake.stops, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(random_bytes_come_in_pieces_of_the_devices_choice),
                cmocka_unit_test(a_silent_device_is_given_up_after_two_seconds),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
