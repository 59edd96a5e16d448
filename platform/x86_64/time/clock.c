/*
 * The monotonic and the wall clock. Time 0 is the image's first instruction.
 *
 * The hypervisor's clock page is used where there is one (KVM, Xen). Else the time-stamp counter, at the rate that
 * CPUID names, or measured against the local APIC's timer the first time somebody asks for time: at most 1 ms. A rate
 * that is not exact is refined later from longer readings of the same timer, when the clock is read anyway.
 *
 * Invariant: no reading is smaller than an earlier one, on any CPU: the rate is only ever changed at the present
 * moment of the line, and `latest` holds whatever the hypervisor's page does.
 */
#include <stdatomic.h>
#include <stddef.h>

#include <platform.h>
#include <pvclock.h>
#include <x86_64/time/clock.h>
#include <x86_64/cpu.h>
#include <x86_64/gate_call.h>
#include <x86_64/time/timer_device.h>
#include <x86_64/time/tsc_rate.h>

/* A measurement takes at most 0.8 ms. Where the host did not let it run, it is repeated: that is the host's time, not
 * ours. */
#define MEASUREMENTS_PER_SECOND 1250u
#define MEASUREMENTS_MAX        5u
#define READINGS                4u
#define MEASURED_ERROR_PPM      5000u

#define REFINE_FIRST_NS   10000000ull
#define REFINE_LONGEST_NS 1000000000ull
#define GOOD_ENOUGH_PPM   20u
#define NEVER             UINT64_MAX

/* A guest that only sleeps never reads a running timer: the first long sleep begins with a measurement. */
#define LONG_SLEEP_NS       100000000ull
#define IDLE_MEASUREMENT_NS 20000000ull
#define IDLE_ERROR_PPM      200u

enum clock_kind { CLOCK_UNSET, CLOCK_PAGE, CLOCK_TSC };

static struct {
        atomic_int kind;
        atomic_flag lock;
        atomic_uint sequence; /* odd while the line changes */
        struct tsc_line line;
        struct tsc_rate rate;
        struct timer_reading first; /* what later readings of the same arming are compared with */
        _Atomic uint64_t refine_at; /* counter value from which on a better reading is worth a gate call */
        uint64_t refine_after;      /* nanoseconds to the next attempt */
        const struct hypervisor_clock *hypervisor;
        uint64_t page_zero; /* its time at time 0 */
        _Atomic uint64_t latest;
} state = {.lock = ATOMIC_FLAG_INIT, .refine_after = REFINE_FIRST_NS};

static bool lock(void)
{
        const bool enabled = platform_interrupts_disable();
        while (atomic_flag_test_and_set_explicit(&state.lock, memory_order_acquire))
                cpu_relax();
        return enabled;
}

static void unlock(bool enabled)
{
        atomic_flag_clear_explicit(&state.lock, memory_order_release);
        platform_interrupts_restore(enabled);
}

/* The counter at time 0. A hypervisor whose ring 0 sees another counter than ring 3 gives the first reading instead. */
static uint64_t zero_tsc(uint64_t now)
{
        const uint64_t entry = gate_boot_info()->tsc_entry;
        return entry != 0 && entry <= now ? entry : now;
}

static bool start_page(void)
{
        struct pvclock_time copy;
        state.hypervisor = clock_of_xen();
        if (state.hypervisor == NULL)
                state.hypervisor = clock_of_kvm();
        if (state.hypervisor == NULL || !pvclock_snapshot(state.hypervisor->page, &copy))
                return false;
        state.page_zero = pvclock_nanoseconds(&copy, zero_tsc(cpu_tsc()));
        return true;
}

static struct tsc_leaves read_leaves(void)
{
        struct tsc_leaves leaves = {0};
        const uint32_t highest = cpu_id(0, 0).eax;
        if (highest >= 0x15)
                leaves.crystal = cpu_id(0x15, 0);
        if (highest >= 0x16)
                leaves.frequency = cpu_id(0x16, 0);
        const bool has_hypervisor = (cpu_id(1, 0).ecx >> 31) != 0;
        if (has_hypervisor && cpu_id(0x40000000, 0).eax >= 0x40000010 && cpu_id(0x40000000, 0).eax < 0x40010000)
                leaves.hypervisor = cpu_id(0x40000010, 0);
        return leaves;
}

/* The best of a few: the one that took the least time. */
static bool read_well(struct timer_reading *best)
{
        struct timer_reading reading;
        if (!apic_timer_read(best))
                return false;
        for (unsigned i = 1; i < READINGS && apic_timer_read(&reading); i++)
                if (reading.after - reading.before < best->after - best->before)
                        *best = reading;
        return true;
}

/* Every reading narrows the rate down; one that met a busy host does so less. */
static void measure_once(struct tsc_rate *rate)
{
        const uint64_t hertz = apic_timer_frequency();
        struct timer_reading reading;
        struct tsc_rate found;
        apic_timer_run_free();
        if (!read_well(&state.first))
                return;
        while (apic_timer_read(&reading)) {
                if (tsc_rate_from_readings(&state.first, &reading, hertz, &found))
                        (void)tsc_rate_narrow(rate, &found);
                if (tsc_rate_error_ppm(rate) <= MEASURED_ERROR_PPM ||
                    state.first.left - reading.left >= hertz / MEASUREMENTS_PER_SECOND)
                        return;
        }
}

static struct tsc_rate measure(void)
{
        struct tsc_rate rate = {.hertz = NS_PER_SECOND, .low = 0, .high = UINT64_MAX / 2};
        for (unsigned attempt = 0; attempt < MEASUREMENTS_MAX && tsc_rate_error_ppm(&rate) > MEASURED_ERROR_PPM;
             attempt++)
                measure_once(&rate);
        return rate;
}

/* At most a second: the product fits. */
static uint64_t ticks_of(uint64_t nanoseconds)
{
        return nanoseconds * state.rate.hertz / NS_PER_SECOND;
}

/* The longer the readings so far, the longer one takes that is clearly better. */
static void plan_refinement(uint64_t now)
{
        const bool done = tsc_rate_error_ppm(&state.rate) <= GOOD_ENOUGH_PPM;
        atomic_store_explicit(&state.refine_at, done ? NEVER : now + ticks_of(state.refine_after),
                              memory_order_relaxed);
        state.refine_after *= 4;
        if (state.refine_after > REFINE_LONGEST_NS)
                state.refine_after = REFINE_LONGEST_NS;
}

static void start_tsc(void)
{
        const struct tsc_leaves leaves = read_leaves();
        if (!tsc_rate_from_leaves(&leaves, &state.rate))
                state.rate = measure();
        const uint64_t now = cpu_tsc();
        state.line = (struct tsc_line){.base_tsc = zero_tsc(now)};
        tsc_line_turn(&state.line, state.line.base_tsc, state.rate.hertz);
        plan_refinement(now);
}

static int start(void)
{
        const bool enabled = lock();
        int kind = atomic_load_explicit(&state.kind, memory_order_relaxed);
        if (kind == CLOCK_UNSET) {
                kind = CLOCK_PAGE;
                if (!start_page()) {
                        kind = CLOCK_TSC;
                        start_tsc();
                }
                atomic_store_explicit(&state.kind, kind, memory_order_release);
        }
        unlock(enabled);
        return kind;
}

/* Compares with an earlier reading of the same arming, if there is one; else this is the earlier one of the next. */
static void refine(void)
{
        const bool enabled = lock();
        struct timer_reading reading;
        struct tsc_rate found;
        if (read_well(&reading)) {
                if (reading.arming != state.first.arming)
                        state.first = reading;
                else if (tsc_rate_from_readings(&state.first, &reading, apic_timer_frequency(), &found) &&
                         tsc_rate_narrow(&state.rate, &found)) {
                        atomic_fetch_add_explicit(&state.sequence, 1, memory_order_acq_rel);
                        tsc_line_turn(&state.line, cpu_tsc(), state.rate.hertz);
                        atomic_fetch_add_explicit(&state.sequence, 1, memory_order_acq_rel);
                }
        }
        plan_refinement(cpu_tsc());
        unlock(enabled);
}

void clock_measure_while_idle(uint64_t timer_rings, const volatile uint8_t *interrupt_pending)
{
        if (atomic_load_explicit(&state.kind, memory_order_acquire) != CLOCK_TSC ||
            atomic_load_explicit(&state.refine_at, memory_order_relaxed) == NEVER ||
            tsc_rate_error_ppm(&state.rate) <= IDLE_ERROR_PPM ||
            timer_rings < platform_clock_monotonic() + LONG_SLEEP_NS)
                return;
        refine();
        const uint64_t end = cpu_tsc() + ticks_of(IDLE_MEASUREMENT_NS);
        while (cpu_tsc() < end && *interrupt_pending == 0)
                cpu_relax();
        refine();
}

static uint64_t read_tsc_clock(void)
{
        if (cpu_tsc() >= atomic_load_explicit(&state.refine_at, memory_order_relaxed))
                refine();
        for (;;) {
                const unsigned sequence = atomic_load_explicit(&state.sequence, memory_order_acquire);
                const struct tsc_line line = state.line;
                atomic_thread_fence(memory_order_acquire);
                if ((sequence & 1) == 0 && atomic_load_explicit(&state.sequence, memory_order_relaxed) == sequence)
                        return tsc_line_at(&line, cpu_tsc());
                cpu_relax();
        }
}

static uint64_t read_page_clock(void)
{
        struct pvclock_time copy;
        if (!pvclock_snapshot(state.hypervisor->page, &copy))
                return 0; /* `latest` then answers: time stands still rather than goes wrong */
        const uint64_t now = pvclock_nanoseconds(&copy, cpu_tsc());
        return now > state.page_zero ? now - state.page_zero : 0;
}

static uint64_t not_before_latest(uint64_t now)
{
        uint64_t latest = atomic_load_explicit(&state.latest, memory_order_relaxed);
        while (latest < now)
                if (atomic_compare_exchange_weak_explicit(&state.latest, &latest, now, memory_order_relaxed,
                                                          memory_order_relaxed))
                        return now;
        return latest;
}

uint64_t platform_clock_monotonic(void)
{
        int kind = atomic_load_explicit(&state.kind, memory_order_acquire);
        if (kind == CLOCK_UNSET)
                kind = start();
        return not_before_latest(kind == CLOCK_PAGE ? read_page_clock() : read_tsc_clock());
}

uint64_t clock_of_hypervisor(uint64_t monotonic)
{
        (void)platform_clock_monotonic(); /* starts the clock */
        return monotonic + state.page_zero;
}

bool clock_epoch_of_hypervisor(uint64_t *epoch)
{
        (void)platform_clock_monotonic();
        if (atomic_load_explicit(&state.kind, memory_order_relaxed) != CLOCK_PAGE || !state.hypervisor->epoch(epoch))
                return false;
        *epoch += state.page_zero;
        return true;
}
