/* Event channels against a fake Xen: who is called for which bit, what is masked, what a lying Xen can do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include <coracle/memory.h>
#include <platform.h>
#include <x86_64/time/clock.h>
#include <x86_64/memory/device.h>
#include <x86_64/interrupt/irq.h>
#include <xen/event.h>
#include <xen/shared_info.h>

#include <xen/memory.h>

#include "fake/gate.h"

static struct shared_info *info;
static unsigned shares, unmasks, closes, sends;
static int64_t next_port;
static uint64_t polled_until;

/* ---- What the code under test stands on ---- */

static char page[4096] __attribute__((aligned(4096)));

void *page_alloc(unsigned order)
{
        assert_int_equal(order, 0);
        return page;
}

uint64_t platform_dma_address(const void *pointer)
{
        return (uint64_t)pointer;
}

volatile void *device_map(uint64_t physical, size_t bytes)
{
        (void)bytes;
        return (volatile void *)physical;
}

int irq_vector_alloc(void (*handler)(void *ctx), void *ctx)
{
        (void)ctx;
        assert_ptr_equal(handler, event_upcall);
        return 0x21;
}

uint64_t clock_of_hypervisor(uint64_t monotonic)
{
        return monotonic + 1000;
}

static int64_t xen(enum gate_xen operation, uint64_t a, uint64_t b, uint64_t c)
{
        switch (operation) {
        case GATE_XEN_CALLBACK:
                /* None until what was due before the page had its place is taken back: it would never end. */
                assert_int_equal(a, shares == 0 ? 0 : 0x21);
                assert_true(shares == 0 ||
                            (info->vcpu_info[0].evtchn_upcall_pending == 0 && info->evtchn_mask[0] == ~0ul));
                return 0;
        case GATE_XEN_SHARE:
                assert_int_equal(a, XENMAPSPACE_shared_info);
                assert_int_equal(b, 0);
                shares++;
                info = (struct shared_info *)c;
                memset(info, 0, sizeof(*info));
                info->vcpu_info[0].evtchn_upcall_pending = 1;
                return 0;
        case GATE_XEN_EVENT_ALLOCATE:
        case GATE_XEN_EVENT_VIRQ:
                return next_port;
        case GATE_XEN_EVENT_UNMASK:
                unmasks++;
                info->evtchn_mask[a / 64] &= ~(1ull << a % 64);
                return 0;
        case GATE_XEN_EVENT_CLOSE:
                closes++;
                return 0;
        case GATE_XEN_EVENT_SEND:
                sends++;
                return 0;
        case GATE_XEN_POLL:
                polled_until = b;
                return 0;
        default:
                return -EPERM;
        }
}

/* As Xen does it: the port's bit, its word's bit; the upcall when nothing masks it. */
static void raise_event(event_port port)
{
        info->evtchn_pending[port / 64] |= 1ull << port % 64;
        if ((info->evtchn_mask[port / 64] >> port % 64 & 1) != 0)
                return;
        info->vcpu_info[0].evtchn_pending_sel |= 1ull << port / 64;
        event_upcall(NULL);
}

static int set_up(void **state)
{
        (void)state;
        fake_gate_reset();
        fake_gate.boot.hypervisor = GATE_HV_XEN;
        fake_gate.hypercall = xen;
        unmasks = closes = sends = 0;
        return 0;
}

static void count(void *ctx)
{
        ++*(unsigned *)ctx;
}

static void off_xen_there_is_nothing(void **state)
{
        (void)state;
        event_port port;
        fake_gate_reset();
        assert_int_equal(event_bind(3, count, NULL), -ENODEV);
        assert_int_equal(event_allocate(0, &port, count, NULL), -ENODEV);
        assert_int_equal(event_bind_timer(&port, count, NULL), -ENODEV);
        assert_int_equal(event_send(3), -ENODEV);
        event_unmask(3);
        assert_false(event_take(3));
        assert_int_equal(shares, 0);
}

static void every_port_starts_masked_and_the_page_is_shared_once(void **state)
{
        (void)state;
        static unsigned calls;
        assert_int_equal(event_bind(2, count, &calls), 0);
        assert_int_equal(event_bind(2, count, &calls), -EBUSY);
        assert_int_equal(event_bind(0, count, &calls), -EINVAL);
        assert_int_equal(event_bind(EVENT_PORTS, count, &calls), -EINVAL);
        assert_int_equal(shares, 1);
        raise_event(2);
        assert_int_equal(calls, 0);
}

static void an_event_runs_its_handler_once_and_no_other(void **state)
{
        (void)state;
        static unsigned low, high;
        assert_int_equal(event_bind(5, count, &low), 0);
        assert_int_equal(event_bind(EVENT_PORTS - 1, count, &high), 0);
        event_unmask(5);
        event_unmask(EVENT_PORTS - 1);
        raise_event(5);
        assert_int_equal(low, 1);
        assert_int_equal(high, 0);
        raise_event(EVENT_PORTS - 1);
        event_upcall(NULL); /* for nothing */
        assert_int_equal(low, 1);
        assert_int_equal(high, 1);
}

static void an_event_that_came_while_masked_is_left_to_xen_to_raise(void **state)
{
        (void)state;
        static unsigned calls;
        assert_int_equal(event_bind(7, count, &calls), 0);
        event_unmask(7);
        assert_int_equal(unmasks, 0);
        event_mask(7);
        raise_event(7);
        assert_int_equal(calls, 0);
        event_unmask(7);
        assert_int_equal(unmasks, 1);
        info->vcpu_info[0].evtchn_pending_sel |= 1; /* what the hypercall did besides */
        event_upcall(NULL);
        assert_int_equal(calls, 1);
}

static void a_new_port_forgets_its_former_owners_event(void **state)
{
        (void)state;
        static unsigned calls;
        event_port port;
        next_port = 9;
        info->evtchn_pending[0] |= 1ull << 9;
        assert_int_equal(event_allocate(0, &port, count, &calls), 0);
        assert_int_equal(port, 9);
        event_unmask(port);
        assert_int_equal(unmasks, 0);
        event_close(port);
        assert_int_equal(closes, 1);
        raise_event(9);
        assert_int_equal(calls, 0);
        assert_int_equal(event_allocate(0, &port, count, &calls), 0);
}

static void a_port_beyond_the_table_is_given_back(void **state)
{
        (void)state;
        event_port port;
        next_port = EVENT_PORTS;
        assert_int_equal(event_allocate(0, &port, count, NULL), -ENOSPC);
        assert_int_equal(closes, 1);
        next_port = -EINVAL;
        assert_int_equal(event_allocate(0, &port, count, NULL), -EINVAL);
}

static void bits_without_a_handler_and_words_beyond_the_table_are_ignored(void **state)
{
        (void)state;
        info->evtchn_mask[0] = 0;
        info->evtchn_pending[0] = 1ull << 20;
        info->evtchn_pending[63] = UINT64_MAX;
        info->evtchn_mask[63] = 0;
        info->vcpu_info[0].evtchn_pending_sel = UINT64_MAX;
        event_upcall(NULL);
        assert_int_equal(info->evtchn_pending[0], 0);
}

static void a_masked_port_is_waited_for_without_a_handler(void **state)
{
        (void)state;
        info->evtchn_pending[0] |= 1ull << 30;
        assert_true(event_take(30));
        assert_false(event_take(30));
        event_wait(30, 5000);
        assert_int_equal(polled_until, 6000);
        event_wait(30, PLATFORM_FOREVER);
        assert_int_equal(polled_until, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(off_xen_there_is_nothing),
                TEST(every_port_starts_masked_and_the_page_is_shared_once),
                TEST(an_event_runs_its_handler_once_and_no_other),
                TEST(an_event_that_came_while_masked_is_left_to_xen_to_raise),
                TEST(a_new_port_forgets_its_former_owners_event),
                TEST(a_port_beyond_the_table_is_given_back),
                TEST(bits_without_a_handler_and_words_beyond_the_table_are_ignored),
                TEST(a_masked_port_is_waited_for_without_a_handler),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
