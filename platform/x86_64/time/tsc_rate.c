/* The rate of the time-stamp counter: from CPUID, from the timer, and as a line in time. See tsc_rate.h. */
#include <x86_64/time/tsc_rate.h>

#define HERTZ_MIN 100000000ull /* no x86-64 CPU counts slower ... */
#define HERTZ_MAX 10000000000ull

#define NOMINAL_ERROR_PPM 2000u /* leaf 0x16 is rounded to MHz and "not to be used for calibration" (Intel SDM) */
#define TICKS_MIN         1000u
#define COUNT_BITS        36 /* 6 s at 10 GHz: longer than the timer runs */
#define RATIO_BITS        27

static bool is_believable(uint64_t hertz)
{
        return hertz >= HERTZ_MIN && hertz <= HERTZ_MAX;
}

static struct tsc_rate rate_within(uint64_t hertz, uint64_t ppm)
{
        const uint64_t error = hertz / 1000000u * ppm;
        return (struct tsc_rate){.hertz = hertz, .low = hertz - error, .high = hertz + error};
}

uint32_t tsc_rate_error_ppm(const struct tsc_rate *rate)
{
        const uint64_t ppm = (rate->high - rate->low) / 2 / (rate->hertz / 1000000u);
        return ppm < UINT32_MAX ? (uint32_t)ppm : UINT32_MAX;
}

bool tsc_rate_from_leaves(const struct tsc_leaves *leaves, struct tsc_rate *rate)
{
        const struct cpuid *crystal = &leaves->crystal;
        *rate = rate_within(leaves->hypervisor.eax * 1000ull, 0);
        if (is_believable(rate->hertz))
                return true;
        if (crystal->eax != 0 && crystal->ebx != 0 && crystal->ecx != 0) {
                *rate = rate_within((uint64_t)crystal->ecx * crystal->ebx / crystal->eax, 0);
                if (is_believable(rate->hertz))
                        return true;
        }
        *rate = rate_within((leaves->frequency.eax & 0xffff) * 1000000ull, NOMINAL_ERROR_PPM);
        return is_believable(rate->hertz);
}

/* counts * timer_hertz / ticks without a 128-bit division: the ratio as a fraction of 2^27, good to 0.1 ppm. */
static uint64_t hertz_of(uint64_t counts, uint64_t ticks, uint64_t timer_hertz)
{
        if (counts >> COUNT_BITS != 0)
                return 0;
        return (uint64_t)(((unsigned __int128)((counts << RATIO_BITS) / ticks) * timer_hertz) >> RATIO_BITS);
}

/* Each was read somewhere inside its window: the bounds are certain however busy the host was. */
bool tsc_rate_from_readings(const struct timer_reading *first, const struct timer_reading *second, uint64_t timer_hertz,
                            struct tsc_rate *rate)
{
        if (first->arming != second->arming || first->left < second->left + TICKS_MIN || first->after < first->before ||
            second->before <= first->after || second->after < second->before)
                return false;
        const uint64_t ticks = first->left - second->left;
        rate->low = hertz_of(second->before - first->after, ticks + 1, timer_hertz);
        rate->high = hertz_of(second->after - first->before, ticks - 1, timer_hertz);
        rate->hertz = rate->low + (rate->high - rate->low) / 2;
        return is_believable(rate->hertz);
}

bool tsc_rate_narrow(struct tsc_rate *rate, const struct tsc_rate *other)
{
        const uint64_t low = other->low > rate->low ? other->low : rate->low;
        const uint64_t high = other->high < rate->high ? other->high : rate->high;
        if (low > high || (low == rate->low && high == rate->high))
                return false; /* nothing new, or they contradict each other: the earlier one stays */
        *rate = (struct tsc_rate){.hertz = low + (high - low) / 2, .low = low, .high = high};
        return true;
}

uint64_t tsc_line_at(const struct tsc_line *line, uint64_t tsc)
{
        if (tsc <= line->base_tsc)
                return line->base_ns;
        return line->base_ns + (uint64_t)(((unsigned __int128)(tsc - line->base_tsc) * line->multiplier) >> 32);
}

void tsc_line_turn(struct tsc_line *line, uint64_t tsc, uint64_t hertz)
{
        line->base_ns = tsc_line_at(line, tsc);
        line->base_tsc = tsc;
        line->multiplier = (NS_PER_SECOND << 32) / hertz;
}
