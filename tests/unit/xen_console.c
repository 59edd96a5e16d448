/* Xen's console ring against a fake reader: one that is slow, away, or writes wrong indexes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include <console.h>
#include <platform.h>
#include <xen/event.h>
#include <xen/hypercall.h>

#include <xen/hvm/params.h>
#include <xen/io/console.h>

#include "fake/child.h"
#include "fake/gate.h"

#define MS 1000000ull

static struct xencons_interface ring;
static bool is_xen, has_ring;
static unsigned reads_each_yield; /* bytes; what the reader takes while we yield */
static char seen[1 << 16];
static size_t seen_bytes;
static unsigned notified;
static char hypervisor_saw[64];
static void (*on_event)(void *ctx);

bool console_is_patient;

/* ---- What the driver stands on ---- */

uint64_t platform_clock_monotonic(void)
{
        return fake_gate.now;
}

bool xen_is_present(void)
{
        return is_xen;
}

int xen_parameter(unsigned index, uint64_t *value)
{
        *value = index == HVM_PARAM_CONSOLE_PFN ? 0xfefff : 2;
        return has_ring ? 0 : -EINVAL;
}

volatile void *xen_map_ring(uint64_t frame)
{
        assert_int_equal(frame, 0xfefff);
        return &ring;
}

void xen_console_io(const void *data, size_t bytes)
{
        memcpy(hypervisor_saw, data, bytes);
}

static void reader_takes(size_t bytes)
{
        while (bytes-- != 0 && ring.out_cons != ring.out_prod && seen_bytes < sizeof(seen))
                seen[seen_bytes++] = ring.out[ring.out_cons++ % sizeof(ring.out)];
}

void xen_yield(void)
{
        fake_gate.now += MS;
        reader_takes(reads_each_yield);
}

int event_send(event_port port)
{
        assert_int_equal(port, 2);
        notified++;
        return 0;
}

int event_bind(event_port port, void (*handler)(void *ctx), void *ctx)
{
        assert_int_equal(port, 2);
        assert_null(ctx);
        on_event = handler;
        return 0;
}

void event_unmask(event_port port)
{
        assert_int_equal(port, 2);
}

static const struct console_driver *driver;

static int set_up(void **state)
{
        (void)state;
        fake_gate_reset();
        fake_gate.now = 1000 * MS;
        memset(&ring, 0, sizeof(ring));
        ring.out_prod = ring.out_cons = 0xffffff00u; /* the indexes run over soon */
        ring.in_prod = ring.in_cons = 0xfffffff0u;
        reads_each_yield = 100;
        console_is_patient = false;
        is_xen = has_ring = true;
        driver = console_xen();
        assert_non_null(driver);
        driver->write(driver->ctx, ".", 1); /* ends what an earlier test left: a gap, a reader that was away */
        driver->drain(driver->ctx);
        seen_bytes = 0;
        notified = 0;
        return 0;
}

/* ---- Output ---- */

static void off_xen_there_is_no_such_console(void **state)
{
        (void)state;
        is_xen = false;
        assert_null(console_xen());
}

static void without_a_ring_the_hypervisor_prints(void **state)
{
        (void)state;
        has_ring = false;
        driver = console_xen();
        driver->write(driver->ctx, "hello", 5);
        assert_memory_equal(hypervisor_saw, "hello", 5);
}

static void output_arrives_whole_and_in_order_through_a_slow_reader(void **state)
{
        (void)state;
        static char text[10000];
        for (size_t i = 0; i < sizeof(text); i++)
                text[i] = (char)('a' + i % 23);
        driver->write(driver->ctx, text, sizeof(text));
        driver->drain(driver->ctx);
        assert_int_equal(seen_bytes, sizeof(text));
        assert_memory_equal(seen, text, sizeof(text));
        assert_true(notified != 0);
}

static void nobody_reads_the_guest_waits_a_second_once_then_drops(void **state)
{
        (void)state;
        static char text[3000];
        memset(text, 'x', sizeof(text));
        reads_each_yield = 0;
        uint64_t before = fake_gate.now;
        driver->write(driver->ctx, text, sizeof(text));
        assert_in_range(fake_gate.now - before, 900 * MS, 1100 * MS);
        before = fake_gate.now;
        driver->write(driver->ctx, text, sizeof(text));
        driver->drain(driver->ctx);
        assert_int_equal(fake_gate.now, before);
}

static void a_gap_is_marked_where_it_is(void **state)
{
        (void)state;
        static char text[2048 + 1000];
        memset(text, 'x', sizeof(text));
        reads_each_yield = 0;
        driver->write(driver->ctx, text, sizeof(text));
        reads_each_yield = 2048;
        reader_takes(2048);
        driver->write(driver->ctx, "on\n", 3);
        driver->drain(driver->ctx);
        seen[seen_bytes] = '\0';
        assert_string_equal(seen + 2048, "\n[console] nobody read: 1000 bytes are missing here\non\n");
        seen_bytes = 0;
        driver->write(driver->ctx, "on\n", 3);
        driver->drain(driver->ctx);
        assert_int_equal(seen_bytes, 3);
}

static void a_crash_report_waits_longer_even_for_a_reader_that_was_away(void **state)
{
        (void)state;
        static char text[3000];
        reads_each_yield = 0;
        driver->write(driver->ctx, text, sizeof(text));
        console_is_patient = true;
        const uint64_t before = fake_gate.now;
        driver->write(driver->ctx, text, sizeof(text));
        assert_in_range(fake_gate.now - before, 4900 * MS, 5100 * MS);
}

/* What is found out about the other side is never forgotten: each lie is told to a process of its own. */
static void output_with_a_lie(void)
{
        reads_each_yield = 0;
        ring.out_cons = ring.out_prod + 1;
        driver->write(driver->ctx, "x", 1);
        driver->drain(driver->ctx);
        ring.out_cons = ring.out_prod;
        driver->write(driver->ctx, "x", 1); /* not trusted again */
        reader_takes(1);
        child_check(seen_bytes == 0);
}

static void a_consumer_ahead_of_the_producer_ends_the_output(void **state)
{
        (void)state;
        in_a_child(output_with_a_lie);
}

/* ---- Input ---- */

static unsigned arrivals;

static void arrived(void *ctx)
{
        assert_ptr_equal(ctx, &arrivals);
        arrivals++;
}

static void sender_puts(const char *text)
{
        while (*text != '\0')
                ring.in[ring.in_prod++ % sizeof(ring.in)] = *text++;
}

static void input_is_announced_and_read_in_pieces(void **state)
{
        (void)state;
        char buffer[8];
        driver->on_input(driver->ctx, arrived, &arrivals);
        on_event(NULL);
        assert_int_equal(arrivals, 0); /* the other side has read, not written */
        sender_puts("typed in dom0");
        on_event(NULL);
        assert_int_equal(arrivals, 1);
        assert_int_equal(driver->read(driver->ctx, buffer, sizeof(buffer)), 8);
        assert_memory_equal(buffer, "typed in", 8);
        assert_int_equal(notified, 1);
        assert_int_equal(driver->read(driver->ctx, buffer, sizeof(buffer)), 5);
        assert_memory_equal(buffer, " dom0", 5);
        assert_int_equal(driver->read(driver->ctx, buffer, sizeof(buffer)), 0);
        assert_int_equal(notified, 2);
}

static void input_with_a_lie(void)
{
        char buffer[8];
        ring.in_prod = ring.in_cons + 4;
        child_check(driver->read(driver->ctx, buffer, sizeof(buffer)) == 4);
        ring.in_prod = ring.in_cons + sizeof(ring.in) + 1;
        child_check(driver->read(driver->ctx, buffer, sizeof(buffer)) == 0);
        ring.in_prod = ring.in_cons + 4;
        child_check(driver->read(driver->ctx, buffer, sizeof(buffer)) == 0); /* not trusted again */
}

static void more_input_than_the_ring_holds_is_a_lie(void **state)
{
        (void)state;
        in_a_child(input_with_a_lie);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(off_xen_there_is_no_such_console),
                TEST(without_a_ring_the_hypervisor_prints),
                TEST(output_arrives_whole_and_in_order_through_a_slow_reader),
                TEST(nobody_reads_the_guest_waits_a_second_once_then_drops),
                TEST(a_gap_is_marked_where_it_is),
                TEST(a_crash_report_waits_longer_even_for_a_reader_that_was_away),
                TEST(input_is_announced_and_read_in_pieces),
                TEST(a_consumer_ahead_of_the_producer_ends_the_output),
                TEST(more_input_than_the_ring_holds_is_a_lie),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
