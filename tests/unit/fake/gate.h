/* A nucleus for unit tests: answers gate calls with what the test put here, and remembers what was asked. */
#ifndef CORACLE_FAKE_GATE_H
#define CORACLE_FAKE_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <x86_64/gate_call.h>

struct fake_range {
        uint64_t start, end;
        int64_t rights; /* GATE_CAN_* */
};

extern struct fake_gate {
        struct gate_boot_info boot;
        struct gate_cpu_page page;
        struct gate_crash crash;
        struct fake_range ranges[8]; /* for GATE_QUERY */
        uint64_t now;                /* monotonic time, which platform_clock_monotonic gives */
        uint64_t armed;              /* ticks of the last GATE_TIMER_ARM */
        unsigned arms;
        int64_t timer_left;
        unsigned idles;
        uint64_t idle_takes; /* nanoseconds that a GATE_IDLE lets pass */
        bool idle_brings_interrupt;
        bool interrupts_enabled;
        uint8_t ports[0x10000]; /* what port_in reads */
        struct fake_write {
                uint16_t port;
                uint32_t value;
        } writes[64];
        unsigned write_count;
        char console[8192]; /* what GATE_PORT_RUN wrote to COM1's data register; `writes` has what went elsewhere */
        size_t console_bytes;
        unsigned runs;
        unsigned busy_runs; /* this many GATE_PORT_RUN answer -EAGAIN first */
        /* For GATE_HYPERCALL; NULL: this is not Xen. */
        int64_t (*hypercall)(enum gate_xen operation, uint64_t a, uint64_t b, uint64_t c);
} fake_gate;

void fake_gate_reset(void);

#endif
