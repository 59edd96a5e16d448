/*
 * A machine for the library OS on the host: RAM that is not zero, a direct map and a mapping area, contexts, a virtual
 * clock and an interrupt-driven timer. Scenarios run in a process of their own, so each starts from a fresh boot.
 */
#ifndef FAKE_PLATFORM_H
#define FAKE_PLATFORM_H

#include <platform.h>

#define FAKE_DEADLOCK 98  /* exit status: every thread waits and nothing will ever happen */
#define FAKE_FAILED   99  /* CHECK failed */
#define FAKE_CRASHED  134 /* platform_crash */

struct fake_machine {
        struct platform_range memory[8]; /* up to the first of 0 bytes; none: 16 MiB at 1 MiB */
        size_t map_area_bytes;           /* 0: 4 GiB */
        unsigned interrupt_one_in;       /* deliver an interrupt at one in so many chances, 0: only due ones */
        unsigned idle_early_one_in;      /* platform_idle returns early once in so many times */
        unsigned fail_map_one_in;        /* platform_map fails once in so many times */
        unsigned seed;
};

/*
 * Boots the library OS (memory, threads) in a child process and calls scenario(argument) on the main thread; returns
 * the child's exit status: 0 when the scenario returned.
 */
int fake_run(const struct fake_machine *machine, void (*scenario)(void *), void *argument);

/* The same with memory only: no threads, interrupts stay disabled. */
int fake_run_unthreaded(const struct fake_machine *machine, void (*scenario)(void *), void *argument);

/* ---- Inside a scenario ---- */

/* The running thread computes for so long: time passes, interrupts come. */
void fake_compute(uint64_t nanoseconds);

/* Lets time pass without interrupts. */
void fake_pass(uint64_t nanoseconds);

/* At that time an interrupt calls fn(ctx). At most 16 outstanding. */
void fake_interrupt_at(uint64_t time, void (*fn)(void *ctx), void *ctx);

uint32_t fake_random(void);

/* Bytes of RAM that have been written. */
uint64_t fake_ram_touched(void);

/* What platform_console_write and the log have written so far. */
extern char fake_output[65536];

extern unsigned long fake_timer_arms, fake_switches, fake_idles, fake_maps;

#define CHECK(condition)                                                                                               \
        do {                                                                                                           \
                if (!(condition))                                                                                      \
                        fake_fail(#condition, __FILE__, __LINE__);                                                     \
        } while (0)
_Noreturn void fake_fail(const char *what, const char *file, int line);

#endif
