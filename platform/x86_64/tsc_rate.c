/* The rate of the time-stamp counter: from CPUID, from the timer, and as a line in time. See tsc_rate.h. */
#include <x86_64/tsc_rate.h>

#define HERTZ_MIN 100000000ull /* no x86-64 CPU counts slower ... */
#define HERTZ_MAX 10000000000ull

#define NOMINAL_ERROR_PPM 2000u /* leaf 0x16 is rounded to MHz and "not to be used for calibration" (Intel SDM) */
#define TICKS_MIN         1000u

static bool is_believable(uint64_t hertz)
{
        return hertz >= HERTZ_MIN && hertz <= HERTZ_MAX;
}

bool tsc_rate_from_leaves(const struct tsc_leaves *leaves, struct tsc_rate *rate)
{
        const struct cpuid *crystal = &leaves->crystal;
        rate->error_ppm = 0;
        rate->hertz = leaves->hypervisor.eax * 1000ull;
        if (is_believable(rate->hertz))
                return true;
        if (crystal->eax != 0 && crystal->ebx != 0 && crystal->ecx != 0) {
                rate->hertz = (uint64_t)crystal->ecx * crystal->ebx / crystal->eax;
                if (is_believable(rate->hertz))
                        return true;
        }
        rate->hertz = (leaves->frequency.eax & 0xffff) * 1000000ull;
        rate->error_ppm = NOMINAL_ERROR_PPM;
        return is_believable(rate->hertz);
}

bool tsc_rate_from_sample(const struct timer_sample *sample, uint64_t timer_hertz, struct tsc_rate *rate)
{
        if (sample->ticks < TICKS_MIN || sample->armed_after < sample->armed_before ||
            sample->read_before <= sample->armed_after || sample->read_after < sample->read_before)
                return false;
        /* The timer was started and read somewhere inside the two windows: take the middles. */
        const uint64_t windows =
                (sample->armed_after - sample->armed_before) + (sample->read_after - sample->read_before);
        const uint64_t span = (sample->read_before - sample->armed_after) + windows / 2;
        rate->hertz = (uint64_t)((unsigned __int128)span * timer_hertz / sample->ticks);
        const uint64_t ppm = (uint64_t)((unsigned __int128)windows * 500000u / span);
        rate->error_ppm = ppm < UINT32_MAX - 1 ? (uint32_t)ppm + 1 : UINT32_MAX;
        return is_believable(rate->hertz);
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
