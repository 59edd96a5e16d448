/* The crash report, line by line, against a fake nucleus. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include <platform.h>
#include <x86_64/crash/backtrace.h>
#include <x86_64/crash/crash_reason.h>

#include "fake/gate.h"

/* crash_entry.S calls these. */
_Noreturn void crash_after_trap(const uint64_t kept[6]);
_Noreturn void crash_on_request(const char *reason, const struct gate_crash *registers);

#define BIAS 0x550000000000ull
#define TEXT (BIAS + 0x110000)

static char output[16384];
static size_t output_bytes;
static jmp_buf after_exit;
static int exit_status;

void platform_console_write(const void *data, size_t bytes)
{
        assert_true(output_bytes + bytes < sizeof(output));
        memcpy(output + output_bytes, data, bytes);
        output_bytes += bytes;
        output[output_bytes] = '\0';
}

_Noreturn void platform_exit(int status)
{
        exit_status = status;
        longjmp(after_exit, 1);
}

const struct platform_boot *platform_boot_info(void)
{
        static const struct platform_boot boot = {.hypervisor = "TCG"};
        return &boot;
}

static uint64_t stack[64];

static int set_up(void **state)
{
        (void)state;
        fake_gate_reset();
        output_bytes = 0;
        output[0] = '\0';
        fake_gate.boot.image_bias = BIAS;
        fake_gate.boot.image_start = 0x110000;
        fake_gate.boot.image_end = 0x180000;
        fake_gate.boot.direct_map = 0x400000000000;
        fake_gate.boot.direct_map_bytes = 0x100000000;
        fake_gate.boot.map_area = 0x300000000000;
        fake_gate.boot.map_area_bytes = 0x1000000000;
        fake_gate.ranges[0] = (struct fake_range){BIAS + 0x120000, BIAS + 0x130000, GATE_CAN_READ};
        fake_gate.ranges[1] = (struct fake_range){BIAS + 0x130000, BIAS + 0x140000, GATE_CAN_READ | GATE_CAN_WRITE};
        fake_gate.ranges[2] = (struct fake_range){0x300000001000, 0x300000002000, GATE_CAN_READ | GATE_CAN_WRITE};
        fake_gate.ranges[3] = (struct fake_range){
                (uint64_t)stack & ~4095ull, ((uint64_t)(stack + 64) + 4095) & ~4095ull, GATE_CAN_READ | GATE_CAN_WRITE};
        fake_gate.ranges[4] = (struct fake_range){TEXT, TEXT + 0x1000, GATE_CAN_READ | GATE_CAN_EXECUTE};
        return 0;
}

static void reports(const char *line)
{
        if (strstr(output, line) == NULL) {
                print_error("missing: %s\nin:\n%s\n", line, output);
                fail();
        }
}

static void places_are_told_apart(void **state)
{
        (void)state;
        const struct gate_boot_info *boot = &fake_gate.boot;
        const uint64_t rsp = 0x300000001800;
        assert_string_equal(crash_place(boot, 8, rsp), "page 0 (null pointer)");
        assert_string_equal(crash_place(boot, 0x100800, rsp), "the nucleus");
        assert_string_equal(crash_place(boot, TEXT + 8, rsp), "read-only text");
        assert_string_equal(crash_place(boot, BIAS + 0x120008, rsp), "read-only data");
        assert_string_equal(crash_place(boot, BIAS + 0x130008, rsp), "data");
        assert_string_equal(crash_place(boot, 0x300000001008, rsp), "the stack");
        assert_string_equal(crash_place(boot, 0x300000001008, 0), "a writable mapping");
        assert_string_equal(crash_place(boot, 0x300000008000, rsp), "an unmapped address (guard page or freed memory)");
        assert_string_equal(crash_place(boot, 0x400000001000, rsp), "memory that is not free RAM");
        assert_string_equal(crash_place(boot, 0x123456789000, rsp), "an unmapped address");
        assert_string_equal(crash_place(boot, UINT64_MAX, rsp), "an address that is never ring 3's");
}

static void an_unmapped_address_near_the_stack_pointer_is_an_overflow(void **state)
{
        (void)state;
        const struct gate_boot_info *boot = &fake_gate.boot;
        assert_true(crash_is_stack_overflow(boot, 0x300000000ff8, 0x300000001000));
        assert_false(crash_is_stack_overflow(boot, 0x300000001ff8, 0x300000001000)); /* mapped */
        assert_false(crash_is_stack_overflow(boot, 0x3000f0000000, 0x300000001000)); /* far */
        assert_false(crash_is_stack_overflow(boot, 8, 16));
}

static void a_chain_of_frames_is_walked_to_its_end(void **state)
{
        (void)state;
        struct backtrace walk;
        uint64_t address = 0;
        memset(stack, 0, sizeof(stack));
        stack[2] = (uint64_t)&stack[10];
        stack[3] = 111;
        stack[10] = 0;
        stack[11] = 222;
        backtrace_start(&walk, (uint64_t)&stack[2]);
        assert_true(backtrace_next(&walk, &address));
        assert_int_equal(address, 111);
        assert_true(backtrace_next(&walk, &address));
        assert_int_equal(address, 222);
        assert_false(backtrace_next(&walk, &address));
        assert_null(walk.broken);
}

static void a_damaged_chain_is_never_followed(void **state)
{
        static const uint64_t bad[] = {1, 0x1000, 0xdeadbeefdeadbeef, UINT64_MAX - 7, 0x300000000ff8};
        (void)state;
        struct backtrace walk;
        uint64_t address = 0;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                backtrace_start(&walk, bad[i]);
                assert_false(backtrace_next(&walk, &address));
                assert_non_null(walk.broken);
        }
        memset(stack, 0, sizeof(stack));
        stack[10] = (uint64_t)&stack[2]; /* a caller cannot be below */
        stack[11] = 111;
        stack[2] = (uint64_t)&stack[10];
        stack[3] = 222;
        backtrace_start(&walk, (uint64_t)&stack[10]);
        assert_true(backtrace_next(&walk, &address));
        assert_false(backtrace_next(&walk, &address));
        assert_non_null(walk.broken);
}

bool console_is_patient;

static void describe(void)
{
        platform_console_write("    thread: main\n", 17);
}

const struct platform_hooks libos_hooks = {.describe_crash = describe};

/* One report for each process: a second one is a crash inside the crash. */
static void a_null_read_is_reported_then_a_second_crash_ends_at_once(void **state)
{
        (void)state;
        memset(stack, 0, sizeof(stack));
        stack[2] = 0;
        stack[3] = TEXT + 0x234;
        fake_gate.crash = (struct gate_crash){.vector = 14,
                                              .error = FAULT_USER,
                                              .address = 8,
                                              .rip = 0x10,
                                              .rax = 0xabc,
                                              .rsp = (uint64_t)&stack[1],
                                              .rflags = 0x202};
        stack[1] = TEXT + 0x100; /* where the call of no function would return to */
        if (setjmp(after_exit) == 0)
                crash_after_trap((const uint64_t[6]){0, (uint64_t)&stack[2], 12, 13, 14, 15});
        assert_int_equal(exit_status, 134);
        reports("\n*** crash: page fault: read of page 0 (null pointer) at 0x10 (outside the image)\n");
        reports("\n    accessed 0x8: page 0 (null pointer)\n");
        reports("\n    error 0x4: not mapped, read of it from ring 3\n");
        reports("\n    rip 0x10 rflags 0x202\n    rax 0xabc rbx 0x0 rcx 0x0 rdx 0x0\n    rsi 0x0 rdi 0x0 rbp 0x");
        reports("\n    r8 0x0 r9 0x0 r10 0x0 r11 0x0\n    r12 0xc r13 0xd r14 0xe r15 0xf\n");
        reports("; hypervisor TCG; image bias 0x550000000000\n");
        reports("\n  #0 0x10 (outside the image)\n  #1 0x110100\n  #2 0x110234\n    thread: main\n"
                "*** end of crash report, exit status 134\n");
        const size_t before = output_bytes;
        if (setjmp(after_exit) == 0)
                crash_on_request("again", &fake_gate.crash);
        assert_int_equal(output_bytes, before);
        assert_int_equal(exit_status, 134);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(places_are_told_apart, set_up),
                cmocka_unit_test_setup(an_unmapped_address_near_the_stack_pointer_is_an_overflow, set_up),
                cmocka_unit_test_setup(a_chain_of_frames_is_walked_to_its_end, set_up),
                cmocka_unit_test_setup(a_damaged_chain_is_never_followed, set_up),
                cmocka_unit_test_setup(a_null_read_is_reported_then_a_second_crash_ends_at_once, set_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
