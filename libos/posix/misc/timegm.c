/* timegm (POSIX.1-2024, XSH timegm): mktime without a time zone. */
#include <time.h>

/* Days from 1970-01-01 to the first of the month, in the Gregorian calendar; month counts from 0 and may be any. */
static long long days_to_month(long long year, long long month)
{
        static const short before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
        year += month / 12;
        month %= 12;
        if (month < 0) {
                month += 12;
                year--;
        }
        long long past = year - (month < 2); /* whose leap day has gone by */
        long long leaps = past / 4 - past / 100 + past / 400;
        if (past < 0) /* round towards the past */
                leaps = (past - 3) / 4 - (past - 99) / 100 + (past - 399) / 400;
        return 365 * (year - 1970) + (leaps - 477) + before[month]; /* 477 leap days up to 1969 */
}

time_t timegm(struct tm *parts)
{
        long long days = days_to_month(parts->tm_year + 1900LL, parts->tm_mon) + parts->tm_mday - 1;
        time_t seconds = (time_t)(((days * 24 + parts->tm_hour) * 60 + parts->tm_min) * 60 + parts->tm_sec);
        gmtime_r(&seconds, parts); /* fields out of range come into it, as POSIX wants */
        parts->tm_isdst = 0;
        return seconds;
}
