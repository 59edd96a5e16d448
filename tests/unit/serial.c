/* Serial output, and the choice of a console. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <console.h>
#include <platform.h>
#include <serial/serial.h>

#include "fake/gate.h"

/* This is not Xen. */
const struct console_driver *console_xen(void)
{
        return NULL;
}

/* The input half is tested in a guest. */
size_t serial_read(void *ctx, void *data, size_t bytes)
{
        (void)ctx;
        (void)data;
        (void)bytes;
        return 0;
}

void serial_on_input(void *ctx, void (*fn)(void *fn_ctx), void *fn_ctx)
{
        (void)ctx;
        (void)fn;
        (void)fn_ctx;
}

static struct platform_boot boot;

const struct platform_boot *platform_boot_info(void)
{
        return &boot;
}

static int set_up(void **state)
{
        (void)state;
        fake_gate_reset();
        boot.command_line = "";
        fake_gate.ports[SERIAL_COM1 + SERIAL_LINE] = SERIAL_LINE_HOLDING | SERIAL_LINE_IDLE;
        return 0;
}

static void a_long_write_arrives_whole_in_runs_of_16(void **state)
{
        (void)state;
        char data[1001];
        for (size_t i = 0; i < sizeof(data); i++)
                data[i] = (char)(i * 7);
        const struct console_driver *driver = console_serial();
        driver->write(driver->ctx, data, sizeof(data));
        assert_int_equal(fake_gate.console_bytes, sizeof(data));
        assert_memory_equal(fake_gate.console, data, sizeof(data));
        assert_int_equal(fake_gate.runs, 63);
}

static void a_full_fifo_is_waited_for(void **state)
{
        (void)state;
        const struct console_driver *driver = console_serial();
        fake_gate.busy_runs = 100;
        driver->write(driver->ctx, "hello", 5);
        assert_int_equal(fake_gate.console_bytes, 5);
        assert_int_equal(fake_gate.busy_runs, 0);
}

static void only_the_fifo_is_set_up(void **state)
{
        (void)state;
        assert_non_null(console_serial());
        assert_int_equal(fake_gate.write_count, 1);
        assert_int_equal(fake_gate.writes[0].port, SERIAL_COM1 + SERIAL_FIFO);
}

/* Last, because the FIFO stays off. */
static void input_that_waits_at_boot_keeps_its_first_byte(void **state)
{
        (void)state;
        fake_gate.ports[SERIAL_COM1 + SERIAL_LINE] |= SERIAL_LINE_RECEIVED;
        boot.command_line = "coracle.input=escape x -- coracle.input=escaped";
        const struct console_driver *driver = console_serial();
        driver->write(driver->ctx, "hello", 5);
        assert_int_equal(fake_gate.runs, 5);
        assert_int_equal(fake_gate.write_count, 0);
}

/* What coracle run sends: without it, each byte of output costs a gate call. */
static void padding_that_waits_at_boot_leaves_output_its_runs(void **state)
{
        (void)state;
        fake_gate.ports[SERIAL_COM1 + SERIAL_LINE] |= SERIAL_LINE_RECEIVED;
        boot.command_line = "coracle.status_port=0xe9 coracle.input=escaped";
        const struct console_driver *driver = console_serial();
        driver->write(driver->ctx, "hello", 5);
        assert_int_equal(fake_gate.runs, 1);
        assert_int_equal(fake_gate.write_count, 1);
        assert_int_equal(fake_gate.writes[0].port, SERIAL_COM1 + SERIAL_FIFO);
}

static void a_machine_without_a_uart_is_silent(void **state)
{
        (void)state;
        fake_gate.ports[SERIAL_COM1 + SERIAL_LINE] = SERIAL_LINE_ABSENT;
        assert_null(console_serial());
        platform_console_write("hello", 5);
        assert_int_equal(platform_console_read((char[1]){0}, 1), 0);
        platform_console_on_input(NULL, NULL);
        console_drain();
        assert_int_equal(fake_gate.console_bytes, 0);
        assert_int_equal(fake_gate.write_count, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_long_write_arrives_whole_in_runs_of_16, set_up),
                cmocka_unit_test_setup(a_full_fifo_is_waited_for, set_up),
                cmocka_unit_test_setup(only_the_fifo_is_set_up, set_up),
                cmocka_unit_test_setup(padding_that_waits_at_boot_leaves_output_its_runs, set_up),
                cmocka_unit_test_setup(a_machine_without_a_uart_is_silent, set_up),
                cmocka_unit_test_setup(input_that_waits_at_boot_keeps_its_first_byte, set_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
