/* Arithmetic and version protocol of the pvclock page; see pvclock.h. */
#include <pvclock.h>

#include <stdatomic.h>
#include <stddef.h>

#include <x86_64/cpu.h>

#define NS_PER_SECOND 1000000000ull
#define SHIFT_MAX     31
#define SECONDS_MAX   (UINT64_MAX / NS_PER_SECOND)

/* The hypervisor writes the page in a few instructions; one that takes longer than this has left it broken. */
#define ATTEMPTS_MAX 1000000u

bool pvclock_snapshot(const volatile struct pvclock_time *page, struct pvclock_time *copy)
{
        for (unsigned attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
                const uint32_t version = page->version;
                atomic_thread_fence(memory_order_acquire);
                copy->tsc_timestamp = page->tsc_timestamp;
                copy->system_time = page->system_time;
                copy->tsc_to_system = page->tsc_to_system;
                copy->tsc_shift = page->tsc_shift;
                copy->flags = page->flags;
                atomic_thread_fence(memory_order_acquire);
                if ((version & 1) == 0 && page->version == version) {
                        copy->version = version;
                        return copy->tsc_to_system != 0 && copy->tsc_shift >= -SHIFT_MAX &&
                               copy->tsc_shift <= SHIFT_MAX;
                }
                cpu_relax();
        }
        return false;
}

static uint64_t scale(const struct pvclock_time *copy, uint64_t ticks)
{
        ticks = copy->tsc_shift < 0 ? ticks >> -copy->tsc_shift : ticks << copy->tsc_shift;
        return (uint64_t)(((unsigned __int128)ticks * copy->tsc_to_system) >> 32);
}

uint64_t pvclock_nanoseconds(const struct pvclock_time *copy, uint64_t tsc)
{
        if (tsc >= copy->tsc_timestamp)
                return copy->system_time + scale(copy, tsc - copy->tsc_timestamp);
        const uint64_t before = scale(copy, copy->tsc_timestamp - tsc);
        return before < copy->system_time ? copy->system_time - before : 0;
}

bool pvclock_wall_read(const volatile struct pvclock_wall *page, const volatile uint32_t *seconds_high, uint64_t *epoch)
{
        for (unsigned attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
                const uint32_t version = page->version;
                atomic_thread_fence(memory_order_acquire);
                const uint64_t high = seconds_high != NULL ? *seconds_high : 0;
                const uint64_t seconds = high << 32 | page->seconds;
                const uint32_t nanoseconds = page->nanoseconds;
                atomic_thread_fence(memory_order_acquire);
                if ((version & 1) == 0 && page->version == version) {
                        *epoch = seconds * NS_PER_SECOND + nanoseconds;
                        return seconds != 0 && seconds < SECONDS_MAX && nanoseconds < NS_PER_SECOND;
                }
                cpu_relax();
        }
        return false;
}
