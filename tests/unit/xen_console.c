/* Xen's console ring against a fake reader: one that is slow, away, or writes wrong indexes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include <console.h>
#include <coracle/log.h>
#include <platform.h>
#include <xen/event.h>
#include <xen/hypercall.h>

#include <xen/hvm/params.h>
#include <xen/io/console.h>

#include "fake/child.h"
#include "fake/gate.h"

#define MS   1000000ull
#define HELD (2048 + 65536) /* bytes of the ring and of the backlog */

static struct xencons_interface ring;
static bool is_xen, has_ring;
static unsigned reads_each_yield; /* bytes; what the reader takes while we yield */
static unsigned yields_each_read;
static unsigned yields;
static char seen[1 << 21];
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
        if (++yields % yields_each_read == 0)
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
        reads_each_yield = 1000;
        yields_each_read = 1;
        console_is_patient = false;
        is_xen = has_ring = true;
        driver = console_xen();
        assert_non_null(driver);
        driver->drain(driver->ctx); /* ends what an earlier test left: a backlog, a gap, a reader that was away */
        driver->write(driver->ctx, ".", 1);
        driver->drain(driver->ctx);
        on_event = NULL;
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

static uint64_t elapsed(void (*what)(void))
{
        const uint64_t before = fake_gate.now;
        what();
        return fake_gate.now - before;
}

static void drain(void)
{
        driver->drain(driver->ctx);
}

static unsigned next_line;

static size_t make_line(char *line, unsigned number)
{
        return format_text(line, 64, "line %u of many that say nothing but their number\n", number);
}

static void write_line(void)
{
        char line[64];
        driver->write(driver->ctx, line, make_line(line, next_line++));
}

static void write_a_megabyte(void)
{
        for (unsigned i = 0; i < 20000; i++)
                write_line();
}

/* Takes whole lines, one number after the other, from what was seen, and returns where they end. */
static size_t expect_lines(size_t at, unsigned *number)
{
        char line[64];
        for (;; (*number)++) {
                const size_t length = make_line(line, *number);
                if (at + length > seen_bytes || memcmp(seen + at, line, length) != 0)
                        return at;
                at += length;
        }
}

static void output_arrives_whole_and_in_order_through_a_slow_reader(void **state)
{
        (void)state;
        static char text[10000];
        for (size_t i = 0; i < sizeof(text); i++)
                text[i] = (char)('a' + i % 23);
        driver->write(driver->ctx, text, sizeof(text));
        drain();
        assert_int_equal(seen_bytes, sizeof(text));
        assert_memory_equal(seen, text, sizeof(text));
        assert_true(notified != 0);
}

static void what_fits_the_backlog_holds_nobody(void **state)
{
        (void)state;
        static char text[HELD];
        reads_each_yield = 0;
        const uint64_t before = fake_gate.now;
        driver->write(driver->ctx, text, sizeof(text));
        assert_int_equal(fake_gate.now, before);
}

static void events_of_the_reader_drain_the_backlog(void **state)
{
        (void)state;
        reads_each_yield = 0;
        next_line = 0;
        for (unsigned i = 0; i < 200; i++)
                write_line();
        assert_non_null(on_event);
        while (ring.out_cons != ring.out_prod) {
                reader_takes(700);
                on_event(NULL);
        }
        unsigned lines = 0;
        assert_int_equal(expect_lines(0, &lines), seen_bytes);
        assert_int_equal(lines, 200);
}

static void output_that_the_ring_holds_needs_no_events(void **state)
{
        (void)state;
        driver->write(driver->ctx, "hello\n", 6);
        assert_null(on_event);
        assert_int_equal(notified, 1);
}

static void a_reader_that_lives_loses_nothing_however_slow_it_is(void **state)
{
        (void)state;
        reads_each_yield = 2048;
        yields_each_read = 900;
        next_line = 0;
        write_a_megabyte();
        drain();
        unsigned lines = 0;
        assert_int_equal(expect_lines(0, &lines), seen_bytes);
        assert_int_equal(lines, 20000);
}

static void nobody_reads_the_guest_waits_a_second_once_then_drops(void **state)
{
        (void)state;
        reads_each_yield = 0;
        assert_in_range(elapsed(write_a_megabyte), 900 * MS, 1100 * MS);
        assert_int_equal(elapsed(write_a_megabyte), 0);
        assert_int_equal(elapsed(drain), 0);
}

static void at_the_end_the_reader_is_waited_for_a_second(void **state)
{
        (void)state;
        reads_each_yield = 0;
        write_line();
        assert_in_range(elapsed(drain), 900 * MS, 1100 * MS);
}

static void whole_lines_are_dropped_and_counted_where_they_are_missing(void **state)
{
        (void)state;
        reads_each_yield = 0;
        next_line = 0;
        write_a_megabyte();
        reads_each_yield = 2048;
        reader_takes(2048);
        on_event(NULL);
        const unsigned back = next_line;
        for (unsigned i = 0; i < 100; i++)
                write_line();
        drain();
        unsigned lines = 0;
        size_t at = expect_lines(0, &lines);
        char note[80], line[64];
        size_t missing = 0;
        for (unsigned i = lines; i < back; i++)
                missing += make_line(line, i);
        const size_t length = format_text(note, sizeof(note), "\n[console] nobody read: %lu bytes are missing here\n",
                                          (unsigned long)missing);
        assert_in_range(at, HELD - sizeof(line), HELD);
        assert_memory_equal(seen + at, note, length);
        lines = back;
        assert_int_equal(expect_lines(at + length, &lines), seen_bytes);
        assert_int_equal(lines, back + 100);
}

static void a_crash_report_waits_longer_even_for_a_reader_that_was_away(void **state)
{
        (void)state;
        reads_each_yield = 0;
        write_a_megabyte();
        console_is_patient = true;
        assert_in_range(elapsed(write_line), 4900 * MS, 5100 * MS);
}

/* A report has dozens of lines: waiting for each held a crashed guest for minutes. */
static void a_crash_report_waits_longer_once(void **state)
{
        (void)state;
        reads_each_yield = 0;
        write_a_megabyte();
        console_is_patient = true;
        write_line();
        assert_int_equal(elapsed(write_line), 0);
        assert_int_equal(elapsed(drain), 0);
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
                TEST(what_fits_the_backlog_holds_nobody),
                TEST(events_of_the_reader_drain_the_backlog),
                TEST(output_that_the_ring_holds_needs_no_events),
                TEST(a_reader_that_lives_loses_nothing_however_slow_it_is),
                TEST(nobody_reads_the_guest_waits_a_second_once_then_drops),
                TEST(at_the_end_the_reader_is_waited_for_a_second),
                TEST(whole_lines_are_dropped_and_counted_where_they_are_missing),
                TEST(a_crash_report_waits_longer_even_for_a_reader_that_was_away),
                TEST(a_crash_report_waits_longer_once),
                TEST(input_is_announced_and_read_in_pieces),
                TEST(a_consumer_ahead_of_the_producer_ends_the_output),
                TEST(more_input_than_the_ring_holds_is_a_lie),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
