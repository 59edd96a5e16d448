/*
 * The end of the guest: tells the status to who asked for it on the command line (`coracle.status_port`: in decimal,
 * byte by byte, with a newline; `coracle.exit_port`: as one 32-bit write, which ends the virtual machine), else ends
 * the machine in the first way that works.
 */
#include <command_line.h>
#include <console.h>
#include <platform.h>

#include <acpi/acpi.h>
#include <x86_64/memory/device.h>
#include <x86_64/gate_call.h>
#include <xen/power/power.h>

#define NO_CANARY __attribute__((no_stack_protector)) /* see crash.c, which ends here */

#define PORT_KEYBOARD_COMMAND 0x64u
#define KEYBOARD_RESET        0xfeu /* pulses the reset line (IBM PC AT technical reference, 8042) */
#define PORT_MAX              0xffffu

static void write_status(uint16_t port, unsigned status)
{
        if (status >= 100)
                port_out(port, 1, '0' + status / 100);
        if (status >= 10)
                port_out(port, 1, '0' + status / 10 % 10);
        port_out(port, 1, '0' + status % 10);
        port_out(port, 1, '\n');
}

_Noreturn NO_CANARY void platform_exit(int status)
{
        const char *line = platform_boot_info()->command_line;
        uint64_t port;
        (void)platform_interrupts_disable();
        console_drain();
        if (command_line_number(line, "coracle.status_port", PORT_MAX, &port))
                write_status((uint16_t)port, (unsigned)status & 0xff);
        if (command_line_number(line, "coracle.exit_port", PORT_MAX, &port))
                port_out((uint16_t)port, 4, (unsigned)status & 0xff);
        xen_end(status);
        acpi_power_off();
        port_out(PORT_KEYBOARD_COMMAND, 1, KEYBOARD_RESET);
        for (;;)
                (void)gate_call(GATE_EXIT, 0, 0, 0, 0);
}
