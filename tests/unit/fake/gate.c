/* See gate.h. */
#include "gate.h"

#include <errno.h>
#include <string.h>

#include <platform.h>
#include <x86_64/memory/device.h>

#define CONSOLE_PORT 0x3f8u /* COM1's data register */

struct fake_gate fake_gate;

void fake_gate_reset(void)
{
        memset(&fake_gate, 0, sizeof(fake_gate));
        fake_gate.interrupts_enabled = true;
}

static int64_t query(uint64_t address)
{
        for (size_t i = 0; i < sizeof(fake_gate.ranges) / sizeof(fake_gate.ranges[0]); i++)
                if (address >= fake_gate.ranges[i].start && address < fake_gate.ranges[i].end)
                        return fake_gate.ranges[i].rights;
        return 0;
}

void port_out(uint16_t port, unsigned width, uint32_t value)
{
        (void)width;
        if (fake_gate.write_count < sizeof(fake_gate.writes) / sizeof(fake_gate.writes[0]))
                fake_gate.writes[fake_gate.write_count++] = (struct fake_write){port, value};
}

static int64_t port_run(uint64_t first, uint64_t low, uint64_t high)
{
        const uint64_t words[2] = {low, high};
        const size_t count = first >> 16;
        if (count == 0 || count > GATE_PORT_RUN_MAX)
                return -EINVAL;
        if (fake_gate.busy_runs != 0) {
                fake_gate.busy_runs--;
                return -EAGAIN;
        }
        const uint16_t port = first & 0xffff;
        if (port != CONSOLE_PORT) {
                for (size_t i = 0; i < count; i++)
                        port_out(port, 1, words[i / 8] >> i % 8 * 8 & 0xff);
                return (int64_t)count;
        }
        fake_gate.runs++;
        if (fake_gate.console_bytes + count <= sizeof(fake_gate.console))
                memcpy(fake_gate.console + fake_gate.console_bytes, words, count);
        fake_gate.console_bytes += count;
        return (int64_t)count;
}

int64_t gate_call(enum gate_number number, uint64_t first, uint64_t second, uint64_t third, uint64_t fourth)
{
        switch (number) {
        case GATE_QUERY:
                return query(first);
        case GATE_PORT_RUN:
                return port_run(first, second, third);
        case GATE_TIMER_ARM:
                fake_gate.armed = first;
                fake_gate.arms++;
                return 0;
        case GATE_TIMER_READ:
                return fake_gate.timer_left;
        case GATE_IDLE:
                fake_gate.idles++;
                fake_gate.now += fake_gate.idle_takes;
                if (fake_gate.idle_brings_interrupt)
                        fake_gate.page.interrupts_pending = 1;
                return 0;
        case GATE_HYPERCALL:
                return fake_gate.hypercall == NULL ? -ENODEV : fake_gate.hypercall(first, second, third, fourth);
        default:
                return -ENOSYS;
        }
}

const struct gate_boot_info *gate_boot_info(void)
{
        return &fake_gate.boot;
}

struct gate_cpu_page *gate_cpu_page(void)
{
        return &fake_gate.page;
}

const struct gate_crash *gate_crash(void)
{
        return &fake_gate.crash;
}

bool platform_interrupts_disable(void)
{
        const bool enabled = fake_gate.interrupts_enabled;
        fake_gate.interrupts_enabled = false;
        return enabled;
}

void platform_interrupts_restore(bool enabled)
{
        fake_gate.interrupts_enabled = enabled;
}

uint32_t port_in(uint16_t port, unsigned width)
{
        (void)width;
        return fake_gate.ports[port];
}
