/* What is known of the time-stamp counter's rate, and how well. Pure arithmetic; clock.c supplies the readings. */
#ifndef CORACLE_X86_64_TSC_RATE_H
#define CORACLE_X86_64_TSC_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include <x86_64/cpu.h>
#include "timer_device.h"

#define NS_PER_SECOND 1000000000ull

/* The leaves of CPUID that name the rate; all zero where the CPU or hypervisor has no such leaf. */
struct tsc_leaves {
        struct cpuid crystal;    /* 0x15: the exact ratio to the crystal */
        struct cpuid frequency;  /* 0x16: the nominal frequency in MHz */
        struct cpuid hypervisor; /* 0x40000010: kHz, by agreement of VMware, KVM and others */
};

/* The best guess, and bounds between which the truth is for certain. */
struct tsc_rate {
        uint64_t hertz;
        uint64_t low, high;
};

uint32_t tsc_rate_error_ppm(const struct tsc_rate *rate);

/* From CPUID. False when no leaf says, or none is believable. */
bool tsc_rate_from_leaves(const struct tsc_leaves *leaves, struct tsc_rate *rate);

/*
 * From two readings of one arming of the timer, which counts at timer_hertz. False when they belong to different
 * armings, are too close to each other or make no sense.
 */
bool tsc_rate_from_readings(const struct timer_reading *first, const struct timer_reading *second, uint64_t timer_hertz,
                            struct tsc_rate *rate);

/* Narrows a rate to what another measurement leaves possible. Returns whether it became better. */
bool tsc_rate_narrow(struct tsc_rate *rate, const struct tsc_rate *other);

/*
 * A line from counter values to nanoseconds: nanoseconds at base_tsc are base_ns. Changing the rate at some moment
 * keeps the line's value there, so that time is continuous and never goes back.
 */
struct tsc_line {
        uint64_t base_tsc;
        uint64_t base_ns;
        uint64_t multiplier; /* nanoseconds for each tick, as a fraction of 2^32 */
};

uint64_t tsc_line_at(const struct tsc_line *line, uint64_t tsc);
void tsc_line_turn(struct tsc_line *line, uint64_t tsc, uint64_t hertz);

#endif
