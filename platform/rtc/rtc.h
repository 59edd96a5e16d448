/* The battery-backed clock of a PC (Motorola MC146818 data sheet). */
#ifndef CORACLE_RTC_H
#define CORACLE_RTC_H

#include <stdbool.h>
#include <stdint.h>

/* The registers as read at one moment. */
struct rtc_registers {
        uint8_t second, minute, hour, day, month, year;
        uint8_t century; /* 0: there is no such register */
        uint8_t status_b;
};

/* Seconds since 1970 UTC, which is what hypervisors keep it at. False: some field is not a date, there is no clock. */
bool rtc_decode(const struct rtc_registers *registers, uint64_t *seconds);

/* Reads the clock: nanoseconds since 1970, right to within a second. False when the machine has none. */
bool rtc_read(uint64_t *epoch);

#endif
