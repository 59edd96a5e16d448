/*
 * The nucleus's filter of hypercalls, against a Xen that records what it is asked: each operation in Xen's terms, and
 * every argument that must not get there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <xen/event_channel.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#include <platform/x86_64/nucleus/nucleus.h>

#define FREE_PAGE  0x200000ull
#define FREE_BYTES 0x10000ull
#define BEYOND_32  (1ull << 32)
#define ANY        0x1234567890abcdefull

struct gate_boot_info boot_info;
struct gate_cpu_page cpu_page;
struct cpu_features cpu = {.amd = true};

/* What Xen was asked last, and what it answers. */
static struct {
        unsigned calls;
        uint64_t number, first, second, third;
        uint64_t words[6]; /* of what was passed by reference */
        int64_t result;
        uint64_t answer[6]; /* put there, where `answers` */
        bool answers;
} xen;

int64_t hypercall(uint64_t first, uint64_t second, uint64_t third, uint64_t number, bool amd)
{
        const bool is_second = number != __HYPERVISOR_vcpu_op && number != __HYPERVISOR_console_io;
        uint64_t *words = (uint64_t *)(is_second ? second : third);
        assert_true(amd);
        xen.calls++;
        xen.number = number;
        xen.first = first;
        xen.second = second;
        xen.third = third;
        memcpy(xen.words, words, sizeof(xen.words));
        if (xen.answers)
                memcpy(words, xen.answer, sizeof(xen.answer));
        return xen.result;
}

bool boot_info_is_free(const struct gate_boot_info *info, uint64_t start, uint64_t bytes)
{
        assert_ptr_equal(info, &boot_info);
        return within(start, bytes, FREE_PAGE, FREE_PAGE + FREE_BYTES);
}

/* Where the nucleus sees the shared page. */
static uint32_t shared_page_word;
static uint64_t window_of;

void *window(enum window slot, uint64_t physical, bool device)
{
        assert_int_equal(slot, WINDOW_XEN);
        assert_false(device);
        window_of = physical;
        return &shared_page_word;
}

static int set_up(void **state)
{
        (void)state;
        cpu.acknowledge = NULL;
        memset(&xen, 0, sizeof(xen));
        cpu_page.hypercalls_refused = 0;
        boot_info.hypervisor = GATE_HV_XEN;
        return 0;
}

static void refuses(uint64_t operation, uint64_t a, uint64_t b, uint64_t c)
{
        const uint64_t before = cpu_page.hypercalls_refused;
        const unsigned calls = xen.calls;
        assert_int_equal(xen_call(operation, a, b, c), -EPERM);
        assert_int_equal(cpu_page.hypercalls_refused, before + 1);
        assert_int_equal(xen.calls, calls);
}

/* Makes the call and checks by what number and command; the words are the caller's to check. */
static void makes(uint64_t operation, uint64_t a, uint64_t b, uint64_t c, unsigned number, unsigned command)
{
        const unsigned calls = xen.calls;
        assert_int_equal(xen_call(operation, a, b, c), 0);
        assert_int_equal(xen.calls, calls + 1);
        assert_int_equal(xen.number, number);
        assert_int_equal(xen.first, command);
        assert_int_equal(cpu_page.hypercalls_refused, 0);
}

static void elsewhere_nothing_is_called_nor_counted(void **state)
{
        (void)state;
        for (uint32_t other = GATE_HV_NONE; other <= GATE_HV_OTHER; other++) {
                boot_info.hypervisor = other;
                if (other == GATE_HV_XEN)
                        continue;
                for (uint64_t operation = 0; operation <= GATE_XEN_OPERATIONS; operation++)
                        assert_int_equal(xen_call(operation, 0, 0, 0), -ENODEV);
                assert_int_equal(xen_memory_map(&other, 1), 0);
        }
        assert_int_equal(xen.calls, 0);
        assert_int_equal(cpu_page.hypercalls_refused, 0);
}

static void operations_beyond_the_list_are_refused(void **state)
{
        (void)state;
        refuses(GATE_XEN_OPERATIONS, 0, 0, 0);
        refuses(BEYOND_32, 0, 0, 0);
        refuses(BEYOND_32 | GATE_XEN_YIELD, 0, 0, 0);
        refuses(UINT64_MAX, 0, 0, 0);
}

static void ports_are_32_bits(void **state)
{
        (void)state;
        makes(GATE_XEN_EVENT_SEND, UINT32_MAX, ANY, ANY, __HYPERVISOR_event_channel_op, EVTCHNOP_send);
        assert_int_equal(xen.words[0], UINT32_MAX);
        makes(GATE_XEN_EVENT_UNMASK, 5, ANY, ANY, __HYPERVISOR_event_channel_op, EVTCHNOP_unmask);
        assert_int_equal(xen.words[0], 5);
        makes(GATE_XEN_EVENT_CLOSE, 6, ANY, ANY, __HYPERVISOR_event_channel_op, EVTCHNOP_close);
        assert_int_equal(xen.words[0], 6);
        refuses(GATE_XEN_EVENT_SEND, BEYOND_32, 0, 0);
        refuses(GATE_XEN_EVENT_UNMASK, BEYOND_32, 0, 0);
        refuses(GATE_XEN_EVENT_CLOSE, BEYOND_32, 0, 0);
        refuses(GATE_XEN_POLL, BEYOND_32, 0, 0);
}

static void a_port_is_allocated_for_a_domain(void **state)
{
        (void)state;
        xen.answers = true;
        xen.answer[0] = 77ull << 32;
        assert_int_equal(xen_call(GATE_XEN_EVENT_ALLOCATE, 3, ANY, ANY), 77);
        assert_int_equal(xen.first, EVTCHNOP_alloc_unbound);
        assert_int_equal(xen.words[0] & UINT32_MAX, DOMID_SELF | 3u << 16);
        xen.result = -28;
        assert_int_equal(xen_call(GATE_XEN_EVENT_ALLOCATE, 3, 0, 0), -28);
        refuses(GATE_XEN_EVENT_ALLOCATE, DOMID_SELF, 0, 0);
        refuses(GATE_XEN_EVENT_ALLOCATE, 0x10000, 0, 0);
}

static void the_timer_s_is_the_only_virtual_interrupt(void **state)
{
        (void)state;
        xen.answers = true;
        xen.answer[1] = 9;
        assert_int_equal(xen_call(GATE_XEN_EVENT_VIRQ, VIRQ_TIMER, ANY, ANY), 9);
        assert_int_equal(xen.first, EVTCHNOP_bind_virq);
        assert_int_equal(xen.words[0], VIRQ_TIMER);
        for (unsigned virq = VIRQ_TIMER + 1; virq < NR_VIRQS; virq++)
                refuses(GATE_XEN_EVENT_VIRQ, virq, 0, 0);
        refuses(GATE_XEN_EVENT_VIRQ, BEYOND_32, 0, 0);
}

static void events_arrive_at_a_device_s_vector(void **state)
{
        (void)state;
        makes(GATE_XEN_CALLBACK, GATE_VECTOR_FIRST, ANY, ANY, __HYPERVISOR_hvm_op, HVMOP_set_param);
        assert_int_equal(xen.words[0], DOMID_SELF | (uint64_t)HVM_PARAM_CALLBACK_IRQ << 32);
        assert_int_equal(xen.words[1], (uint64_t)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 | GATE_VECTOR_FIRST);
        makes(GATE_XEN_CALLBACK, GATE_VECTOR_LAST, 0, 0, __HYPERVISOR_hvm_op, HVMOP_set_param);
        makes(GATE_XEN_CALLBACK, 0, ANY, ANY, __HYPERVISOR_hvm_op, HVMOP_set_param);
        assert_int_equal(xen.words[1], 0); /* none */
        for (uint64_t vector = 1; vector < GATE_VECTOR_FIRST; vector++)
                refuses(GATE_XEN_CALLBACK, vector, 0, 0);
        refuses(GATE_XEN_CALLBACK, GATE_VECTOR_TIMER, 0, 0);
        refuses(GATE_XEN_CALLBACK, VECTOR_SPURIOUS, 0, 0);
        refuses(GATE_XEN_CALLBACK, 1ull << 56 | GATE_VECTOR_FIRST, 0, 0);
}

static void four_parameters_can_be_read(void **state)
{
        (void)state;
        for (uint64_t index = 0; index < 100; index++) {
                xen.answers = true;
                xen.answer[1] = 0xfeffc;
                if (index != HVM_PARAM_STORE_PFN && index != HVM_PARAM_STORE_EVTCHN && index != HVM_PARAM_CONSOLE_PFN &&
                    index != HVM_PARAM_CONSOLE_EVTCHN) {
                        refuses(GATE_XEN_PARAMETER, index, 0, 0);
                        continue;
                }
                assert_int_equal(xen_call(GATE_XEN_PARAMETER, index, ANY, ANY), 0xfeffc);
                assert_int_equal(xen.number, __HYPERVISOR_hvm_op);
                assert_int_equal(xen.first, HVMOP_get_param);
                assert_int_equal(xen.words[0], DOMID_SELF | index << 32);
        }
        refuses(GATE_XEN_PARAMETER, BEYOND_32 | HVM_PARAM_STORE_PFN, 0, 0);
        xen.result = -EINVAL;
        assert_int_equal(xen_call(GATE_XEN_PARAMETER, HVM_PARAM_STORE_PFN, 0, 0), -EINVAL);
}

static void two_kinds_of_pages_replace_free_ones(void **state)
{
        (void)state;
        makes(GATE_XEN_SHARE, XENMAPSPACE_shared_info, 0, FREE_PAGE, __HYPERVISOR_memory_op, XENMEM_add_to_physmap);
        assert_int_equal(xen.words[0], DOMID_SELF | (uint64_t)XENMAPSPACE_shared_info << 32);
        makes(GATE_XEN_SHARE, XENMAPSPACE_grant_table, 7, FREE_PAGE + 4096, __HYPERVISOR_memory_op,
              XENMEM_add_to_physmap);
        assert_int_equal(xen.words[0], DOMID_SELF | (uint64_t)XENMAPSPACE_grant_table << 32);
        assert_int_equal(xen.words[1], 7);
        assert_int_equal(xen.words[2], FREE_PAGE / 4096 + 1);
        for (uint64_t space = XENMAPSPACE_grant_table + 1; space < 64; space++)
                refuses(GATE_XEN_SHARE, space, 0, FREE_PAGE);
        refuses(GATE_XEN_SHARE, BEYOND_32, 0, FREE_PAGE);
        refuses(GATE_XEN_SHARE, XENMAPSPACE_grant_table, XENMAPIDX_grant_table_status, FREE_PAGE);
        refuses(GATE_XEN_SHARE, XENMAPSPACE_grant_table, 65536, FREE_PAGE);
        refuses(GATE_XEN_SHARE, XENMAPSPACE_shared_info, 0, FREE_PAGE - 4096);
        refuses(GATE_XEN_SHARE, XENMAPSPACE_shared_info, 0, FREE_PAGE + FREE_BYTES);
        refuses(GATE_XEN_SHARE, XENMAPSPACE_shared_info, 0, FREE_PAGE + 8);
        refuses(GATE_XEN_SHARE, XENMAPSPACE_shared_info, 0, UINT64_MAX & ~4095ull);
}

/* Only the shared page holds the word that ends an interrupt, and only when Xen has put it there. */
static void events_are_acknowledged_in_the_shared_page(void **state)
{
        (void)state;
        xen.result = -EINVAL;
        assert_int_equal(xen_call(GATE_XEN_SHARE, XENMAPSPACE_shared_info, 0, FREE_PAGE), -EINVAL);
        assert_null(cpu.acknowledge);
        xen.result = 0;
        assert_int_equal(xen_call(GATE_XEN_SHARE, XENMAPSPACE_grant_table, 0, FREE_PAGE), 0);
        assert_null(cpu.acknowledge);
        assert_int_equal(xen_call(GATE_XEN_SHARE, XENMAPSPACE_shared_info, 0, FREE_PAGE + 4096), 0);
        assert_ptr_equal(cpu.acknowledge, &shared_page_word);
        assert_int_equal(window_of, FREE_PAGE + 4096);
}

static void a_timer_is_armed_for_this_cpu(void **state)
{
        (void)state;
        makes(GATE_XEN_TIMER, 1000, ANY, ANY, __HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer);
        assert_int_equal(xen.second, 0);
        assert_int_equal(xen.words[0], 1000);
        assert_int_equal(xen.words[1], 0);
        makes(GATE_XEN_TIMER, 0, 0, 0, __HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer);
        assert_int_equal(xen.words[0], INT64_MAX);
}

static void stolen_time_is_what_it_waited(void **state)
{
        (void)state;
        const struct vcpu_runstate_info info = {.time = {[RUNSTATE_running] = 1000,
                                                         [RUNSTATE_runnable] = 20,
                                                         [RUNSTATE_blocked] = 3000,
                                                         [RUNSTATE_offline] = 7}};
        xen.answers = true;
        memcpy(xen.answer, &info, sizeof(info));
        assert_int_equal(xen_call(GATE_XEN_STOLEN, ANY, ANY, ANY), 27);
        assert_int_equal(xen.first, VCPUOP_get_runstate_info);
        assert_int_equal(xen.second, 0);
        xen.result = -EINVAL;
        assert_int_equal(xen_call(GATE_XEN_STOLEN, 0, 0, 0), -EINVAL);
}

static void three_reasons_end_the_domain(void **state)
{
        (void)state;
        for (uint64_t reason = 0; reason < 70; reason++) {
                if (reason != SHUTDOWN_poweroff && reason != SHUTDOWN_reboot && reason != SHUTDOWN_crash) {
                        refuses(GATE_XEN_SHUTDOWN, reason, 0, 0);
                        continue;
                }
                const uint64_t refused = cpu_page.hypercalls_refused;
                assert_int_equal(xen_call(GATE_XEN_SHUTDOWN, reason, ANY, ANY), 0);
                assert_int_equal(xen.number, __HYPERVISOR_sched_op);
                assert_int_equal(xen.first, SCHEDOP_shutdown);
                assert_int_equal(xen.words[0], reason);
                assert_int_equal(cpu_page.hypercalls_refused, refused);
        }
        refuses(GATE_XEN_SHUTDOWN, BEYOND_32, 0, 0);
}

static void a_poll_is_of_one_port_in_the_nucleus_s_memory(void **state)
{
        (void)state;
        makes(GATE_XEN_POLL, 12, 5000, ANY, __HYPERVISOR_sched_op, SCHEDOP_poll);
        struct sched_poll poll;
        memcpy(&poll, xen.words, sizeof(poll));
        assert_int_equal((uint64_t)poll.ports.p, xen.second + 3 * sizeof(uint64_t));
        assert_int_equal(xen.words[3], 12);
        assert_int_equal(poll.nr_ports, 1);
        assert_int_equal(poll.timeout, 5000);
        makes(GATE_XEN_YIELD, ANY, ANY, ANY, __HYPERVISOR_sched_op, SCHEDOP_yield);
}

static void the_console_takes_up_to_16_bytes(void **state)
{
        (void)state;
        makes(GATE_XEN_CONSOLE, ANY, ~ANY, 16, __HYPERVISOR_console_io, CONSOLEIO_write);
        assert_int_equal(xen.second, 16);
        assert_int_equal(xen.words[0], ANY);
        assert_int_equal(xen.words[1], ~ANY);
        refuses(GATE_XEN_CONSOLE, 0, 0, 17);
        refuses(GATE_XEN_CONSOLE, 0, 0, UINT64_MAX);
}

static void an_error_without_a_number_here_is_enosys(void **state)
{
        (void)state;
        xen.result = -34;
        assert_int_equal(xen_call(GATE_XEN_YIELD, 0, 0, 0), -34);
        xen.result = -38; /* XEN_ENOSYS */
        assert_int_equal(xen_call(GATE_XEN_YIELD, 0, 0, 0), -ENOSYS);
        xen.result = INT64_MIN;
        assert_int_equal(xen_call(GATE_XEN_EVENT_ALLOCATE, 0, 0, 0), -ENOSYS);
}

static void the_memory_map_fits_its_room(void **state)
{
        (void)state;
        char entries[100];
        xen.answers = true;
        xen.answer[0] = 5;
        assert_int_equal(xen_memory_map(entries, 5), 5);
        assert_int_equal(xen.number, __HYPERVISOR_memory_op);
        assert_int_equal(xen.first, XENMEM_memory_map);
        assert_int_equal(xen.words[0], 5);
        assert_int_equal(xen.words[1], (uint64_t)entries);
        xen.answer[0] = 6;
        assert_int_equal(xen_memory_map(entries, 5), 0);
        xen.answer[0] = 5;
        xen.result = -EPERM;
        assert_int_equal(xen_memory_map(entries, 5), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(elsewhere_nothing_is_called_nor_counted),
                TEST(operations_beyond_the_list_are_refused),
                TEST(ports_are_32_bits),
                TEST(a_port_is_allocated_for_a_domain),
                TEST(the_timer_s_is_the_only_virtual_interrupt),
                TEST(events_arrive_at_a_device_s_vector),
                TEST(four_parameters_can_be_read),
                TEST(two_kinds_of_pages_replace_free_ones),
                TEST(events_are_acknowledged_in_the_shared_page),
                TEST(a_timer_is_armed_for_this_cpu),
                TEST(stolen_time_is_what_it_waited),
                TEST(three_reasons_end_the_domain),
                TEST(a_poll_is_of_one_port_in_the_nucleus_s_memory),
                TEST(the_console_takes_up_to_16_bytes),
                TEST(an_error_without_a_number_here_is_enosys),
                TEST(the_memory_map_fits_its_room),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
