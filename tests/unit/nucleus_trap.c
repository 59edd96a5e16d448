/* What the nucleus does with an interrupt: notes it, acknowledges it, and what it interrupted goes on where it must. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <platform/x86_64/nucleus/nucleus.h>

#define VECTOR GATE_VECTOR_FIRST
#define RIP    0x123456u
#define RFLAGS 0x246u

struct gate_boot_info boot_info;
struct gate_cpu_page cpu_page;
struct shared_page shared_page;
struct cpu_features cpu;
char gate_entry[1], coracle_upcall[1], coracle_crash[1];

static volatile uint32_t acknowledged;
static unsigned masked;

int64_t gate(struct frame *frame)
{
        (void)frame;
        fail_msg("an interrupt is no gate call");
        return 0;
}

bool paging_resolve(uint64_t address, bool write)
{
        (void)address;
        (void)write;
        fail_msg("an interrupt is no page fault");
        return false;
}

void ioapic_mask_arrived(unsigned vector)
{
        masked = vector;
}

_Noreturn void last_words(const char *what, uint64_t address)
{
        (void)address;
        fail_msg("%s", what);
        __builtin_unreachable();
}

static int set_up(void **state)
{
        (void)state;
        memset(&cpu_page, 0, sizeof(cpu_page));
        acknowledged = 1;
        masked = 0;
        cpu.acknowledge = &acknowledged;
        return 0;
}

static struct frame interrupted(unsigned vector, unsigned cs, uint64_t rip)
{
        return (struct frame){.vector = vector, .cs = cs, .rip = rip, .rflags = RFLAGS};
}

static void ring_3_that_lets_interrupts_in_gets_an_upcall(void **state)
{
        (void)state;
        struct frame frame = interrupted(VECTOR, SELECTOR_CODE3, RIP);
        cpu_page.upcall_enabled = 1;
        interrupt(&frame);
        assert_int_equal(frame.rip, (uint64_t)coracle_upcall);
        assert_int_equal(cpu_page.upcall_enabled, 0);
        assert_int_equal(cpu_page.upcall_rip, RIP);
        assert_int_equal(cpu_page.upcall_rflags, RFLAGS);
        assert_int_equal(cpu_page.interrupts_pending, 1);
        assert_int_equal(cpu_page.pending[0], 1ull << VECTOR);
        assert_int_equal(acknowledged, 0);
        assert_int_equal(masked, VECTOR);
}

static void ring_3_that_does_not_continues_with_the_interrupt_pending(void **state)
{
        (void)state;
        struct frame frame = interrupted(GATE_VECTOR_TIMER, SELECTOR_CODE3, RIP);
        interrupt(&frame);
        assert_int_equal(frame.rip, RIP);
        assert_int_equal(frame.rflags, RFLAGS);
        assert_int_equal(cpu_page.interrupts_pending, 1);
        assert_int_equal(cpu_page.pending[1], 1ull << GATE_VECTOR_TIMER % 64);
        assert_int_equal(acknowledged, 0);
}

static void an_interrupt_before_the_hlt_of_idle_skips_it(void **state)
{
        (void)state;
        static const uint8_t idle[] = {0xfb, 0xf4, 0xfa}; /* sti; hlt; cli */
        struct frame frame = interrupted(VECTOR, SELECTOR_CODE0, (uint64_t)&idle[1]);
        cpu_page.upcall_enabled = 1;
        interrupt(&frame);
        assert_int_equal(frame.rip, (uint64_t)&idle[2]);
        assert_int_equal(cpu_page.upcall_enabled, 1); /* no upcall from ring 0 */
        assert_int_equal(cpu_page.interrupts_pending, 1);
}

static void an_interrupt_that_ends_the_hlt_goes_on_behind_it(void **state)
{
        (void)state;
        static const uint8_t idle[] = {0xfb, 0xf4, 0xfa};
        struct frame frame = interrupted(VECTOR, SELECTOR_CODE0, (uint64_t)&idle[2]);
        interrupt(&frame);
        assert_int_equal(frame.rip, (uint64_t)&idle[2]);
        assert_int_equal(cpu_page.interrupts_pending, 1);
}

static void a_spurious_interrupt_is_counted_and_not_acknowledged(void **state)
{
        (void)state;
        struct frame frame = interrupted(VECTOR_SPURIOUS, SELECTOR_CODE3, RIP);
        cpu_page.upcall_enabled = 1;
        interrupt(&frame);
        assert_int_equal(frame.rip, RIP);
        assert_int_equal(cpu_page.spurious, 1);
        assert_int_equal(cpu_page.interrupts_pending, 0);
        assert_int_equal(acknowledged, 1);
}

static void a_vector_that_nobody_may_route_is_counted_and_acknowledged(void **state)
{
        (void)state;
        struct frame frame = interrupted(VECTOR_EXCEPTIONS - 1, SELECTOR_CODE3, RIP);
        interrupt(&frame);
        assert_int_equal(cpu_page.spurious, 1);
        assert_int_equal(cpu_page.interrupts_pending, 0);
        assert_int_equal(acknowledged, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(ring_3_that_lets_interrupts_in_gets_an_upcall, set_up),
                cmocka_unit_test_setup(ring_3_that_does_not_continues_with_the_interrupt_pending, set_up),
                cmocka_unit_test_setup(an_interrupt_before_the_hlt_of_idle_skips_it, set_up),
                cmocka_unit_test_setup(an_interrupt_that_ends_the_hlt_goes_on_behind_it, set_up),
                cmocka_unit_test_setup(a_spurious_interrupt_is_counted_and_not_acknowledged, set_up),
                cmocka_unit_test_setup(a_vector_that_nobody_may_route_is_counted_and_acknowledged, set_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
