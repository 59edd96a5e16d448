/* From the registers of the real-time clock to seconds since 1970. */
#include <rtc/rtc.h>

#define STATUS_B_BINARY  0x04u
#define STATUS_B_24_HOUR 0x02u
#define HOUR_PM          0x80u

#define SECONDS_PER_DAY 86400u

static bool number_of(uint8_t field, bool binary, unsigned *value)
{
        if (binary) {
                *value = field;
                return true;
        }
        *value = (field >> 4) * 10u + (field & 15u);
        return (field >> 4) < 10 && (field & 15) < 10;
}

static bool hour_of(uint8_t field, bool binary, bool twenty_four, unsigned *hour)
{
        if (twenty_four)
                return number_of(field, binary, hour) && *hour < 24;
        const bool afternoon = (field & HOUR_PM) != 0;
        if (!number_of((uint8_t)(field & ~HOUR_PM), binary, hour) || *hour < 1 || *hour > 12)
                return false;
        *hour = *hour % 12 + (afternoon ? 12 : 0);
        return true;
}

static bool is_leap(unsigned year)
{
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned days_before_year(unsigned year)
{
        const unsigned past = year - 1;
        const unsigned before_1970 = 719162; /* days of the years 1 to 1969 */
        return past * 365 + past / 4 - past / 100 + past / 400 - before_1970;
}

static unsigned days_of_month(unsigned month, unsigned year)
{
        if (month == 2)
                return is_leap(year) ? 29 : 28;
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool rtc_decode(const struct rtc_registers *registers, uint64_t *seconds)
{
        const bool binary = (registers->status_b & STATUS_B_BINARY) != 0;
        unsigned second;
        unsigned minute;
        unsigned hour;
        unsigned day;
        unsigned month;
        unsigned year;
        unsigned century;
        if (!number_of(registers->second, binary, &second) || second > 59 ||
            !number_of(registers->minute, binary, &minute) || minute > 59 ||
            !hour_of(registers->hour, binary, (registers->status_b & STATUS_B_24_HOUR) != 0, &hour) ||
            !number_of(registers->month, binary, &month) || month < 1 || month > 12 ||
            !number_of(registers->year, binary, &year) || year > 99 || !number_of(registers->day, binary, &day))
                return false;
        if (!number_of(registers->century, binary, &century) || century < 19 || century > 29)
                century = 20;
        year += century * 100;
        if (year < 1970 || day < 1 || day > days_of_month(month, year))
                return false;
        uint64_t days = days_before_year(year) + day - 1;
        for (unsigned past = 1; past < month; past++)
                days += days_of_month(past, year);
        *seconds = days * SECONDS_PER_DAY + hour * 3600u + minute * 60u + second;
        return true;
}
