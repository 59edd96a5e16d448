/* A sample of newlib: jumps, sorting, locale, dates, mathematics, strings, options. */
#define _GNU_SOURCE
#include <ctype.h>
#include <getopt.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "../check.h"

static jmp_buf jump;

static __attribute__((noinline)) void throw_it(int depth)
{
        if (depth > 0)
                throw_it(depth - 1);
        if (depth == 0)
                longjmp(jump, 5);
}

static int descending(const void *a, const void *b)
{
        return *(const int *)b - *(const int *)a;
}

static void jumps_and_sorting(void)
{
        volatile int before = 1;
        int got = setjmp(jump);
        if (got == 0) {
                before = 2;
                throw_it(10);
        }
        CHECK(got == 5 && before == 2);
        int numbers[1000];
        for (int i = 0; i < 1000; i++)
                numbers[i] = i * 7919 % 1000;
        qsort(numbers, 1000, sizeof(numbers[0]), descending);
        for (int i = 0; i < 1000; i++)
                CHECK(numbers[i] == 999 - i);
        int key = 500;
        CHECK(bsearch(&key, numbers, 1000, sizeof(key), descending) == &numbers[499]);
        div_t quotient = div(-7, 2);
        CHECK(quotient.quot == -3 && quotient.rem == -1);
        srand(1);
        int one = rand();
        srand(1);
        CHECK(rand() == one);
}

static void locale_and_strings(void)
{
        CHECK(strcmp(setlocale(LC_ALL, NULL), "C") == 0 && setlocale(LC_ALL, "") != NULL);
        CHECK(strcmp(localeconv()->decimal_point, ".") == 0);
        CHECK(toupper('a') == 'A' && isspace('\t') && !isalpha('1'));
        char text[] = "a,b,,c";
        char *rest = text;
        int fields = 0;
        while (strsep(&rest, ",") != NULL)
                fields++;
        CHECK(fields == 4);
        CHECK(strstr("haystack", "st") != NULL);
        CHECK(strcmp(strerror(ENOENT), "No such file or directory") == 0);
        CHECK(memmem("abcdef", 6, "cd", 2) != NULL && strnlen("abc", 2) == 2);
        wchar_t wide[8];
        CHECK(mbstowcs(wide, "abc", 8) == 3 && wide[2] == L'c');
}

static void dates(void)
{
        time_t moment = 1700000000; /* 2023-11-14 22:13:20 UTC */
        struct tm parts;
        char text[64];
        CHECK(gmtime_r(&moment, &parts) != NULL && parts.tm_year == 123 && parts.tm_yday == 317);
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %a %b", &parts);
        CHECK(strcmp(text, "2023-11-14 22:13:20 Tue Nov") == 0);
        setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
        tzset();
        CHECK(localtime_r(&moment, &parts) != NULL && parts.tm_hour == 23 && parts.tm_isdst == 0);
        CHECK(mktime(&parts) == moment);
        moment = 1690000000; /* in summer */
        CHECK(localtime_r(&moment, &parts) != NULL && parts.tm_isdst == 1);
        strftime(text, sizeof(text), "%H:%M %Z %z", &parts);
        CHECK(strcmp(text, "06:26 CEST +0200") == 0);
        memset(&parts, 0, sizeof(parts));
        CHECK(strptime("2001-02-03 04:05:06", "%Y-%m-%d %H:%M:%S", &parts) != NULL && parts.tm_mon == 1);
        CHECK(difftime(10, 4) == 6.0);
}

static bool near(double a, double b)
{
        return fabs(a - b) <= 1e-12 * fmax(1.0, fabs(b));
}

static void mathematics(void)
{
        volatile double nothing = 0.0, half = 0.5, two = 2.0;
        CHECK(near(sqrt(two), 1.4142135623730951) && near(sin(half), 0.479425538604203));
        CHECK(near(exp(two), 7.38905609893065) && near(log(two), 0.6931471805599453));
        CHECK(near(pow(two, 0.1), 1.0717734625362931) && near(atan2(half, two), 0.24497866312686414));
        CHECK(near(tgamma(5.0), 24.0) && near(erf(half), 0.5204998778130465) && near(cbrt(27.0), 3.0));
        CHECK(floor(-1.5) == -2 && ceil(1.2) == 2 && round(2.5) == 3 && trunc(-1.9) == -1 && rint(2.5) == 2);
        CHECK(isnan(sqrt(-two)) && isinf(log(nothing)) && fmod(7.5, 2.0) == 1.5 && hypot(3, 4) == 5);
        CHECK(near((double)sqrtl(2.0L), 1.4142135623730951) && fabsf(sinf(0.5f) - 0.4794255f) < 1e-6f);
        int exponent;
        CHECK(frexp(8.0, &exponent) == 0.5 && exponent == 4 && ldexp(0.75, 3) == 6.0);
}

static void options(void)
{
        char *words[] = {"program", "-a", "-b", "value", "--long=x", "rest", NULL};
        static const struct option table[] = {{"long", required_argument, NULL, 'l'}, {NULL, 0, NULL, 0}};
        int option, seen = 0;
        while ((option = getopt_long(6, words, "ab:", table, NULL)) != -1)
                seen = seen * 10 + (option == 'a' ? 1 : option == 'b' ? 2 : option == 'l' ? 3 : 9);
        CHECK(seen == 123 && optind == 5);
}

int main(void)
{
        jumps_and_sorting();
        locale_and_strings();
        dates();
        mathematics();
        options();
        return check_done();
}
