/* newlib's stdio on a file of the image, and its conversions of floating-point numbers. */
#define _GNU_SOURCE
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "../check.h"

static void files(void)
{
        char line[80];
        FILE *file = fopen("/text/lines.txt", "r");
        CHECK(file != NULL);
        if (file == NULL)
                return;
        CHECK(fgets(line, sizeof(line), file) != NULL && strcmp(line, "first line\n") == 0);
        CHECK(fgets(line, sizeof(line), file) != NULL && strcmp(line, "second 42 3.5\n") == 0);
        CHECK(ftell(file) == 25);
        CHECK(fseek(file, 11, SEEK_SET) == 0);
        int whole;
        double real;
        CHECK(fscanf(file, "second %d %lf", &whole, &real) == 2 && whole == 42 && real == 3.5);
        CHECK(fseek(file, -5, SEEK_END) == 0);
        CHECK(fgets(line, sizeof(line), file) != NULL && strcmp(line, "last\n") == 0);
        CHECK(fgetc(file) == EOF && feof(file));
        rewind(file);
        CHECK(fgetc(file) == 'f' && ungetc('x', file) == 'x' && fgetc(file) == 'x');
        CHECK(fclose(file) == 0);
        file = fopen("/text/none.txt", "r");
        CHECK(file == NULL && errno == ENOENT);
        file = fopen("/text/lines.txt", "w");
        CHECK(file == NULL && errno == EROFS);
        file = fopen("/text/new.txt", "w");
        CHECK(file == NULL && errno == EROFS);
        file = fopen("text/lines.txt", "r"); /* relative to the root */
        CHECK(file != NULL && fclose(file) == 0);
        file = fopen("/dev/null", "w");
        CHECK(file != NULL && fprintf(file, "%d", 1) == 1 && fclose(file) == 0);
}

static void numbers(void)
{
        char text[128];
        snprintf(text, sizeof(text), "%.3f %e %g %a", 3.14159, 12345.678, 1e-10, 1.0);
        CHECK(strcmp(text, "3.142 1.234568e+04 1e-10 0x1p+0") == 0);
        snprintf(text, sizeof(text), "%.17g %.17g", 0.1, DBL_MAX);
        CHECK(strcmp(text, "0.10000000000000001 1.7976931348623157e+308") == 0);
        snprintf(text, sizeof(text), "%Lf %.0f %f %f", 2.5L, 0.5, INFINITY, -NAN);
        CHECK(strncmp(text, "2.500000 0 inf", 14) == 0);
        snprintf(text, sizeof(text), "%" PRId64 " %zu %lld %hhd %jd %#o", INT64_MIN, (size_t)-1, -1ll, 300, (intmax_t)7,
                 8);
        CHECK(strcmp(text, "-9223372036854775808 18446744073709551615 -1 44 7 010") == 0);
        CHECK(strtod("1.5e3xyz", NULL) == 1500.0);
        CHECK(strtol("-0x7f", NULL, 16) == -127);
        double value;
        CHECK(sscanf("2.25", "%lf", &value) == 1 && value == 2.25);
}

static void streams(void)
{
        char *text = NULL;
        size_t size = 0;
        FILE *file = open_memstream(&text, &size);
        CHECK(file != NULL && fprintf(file, "x=%d", 5) == 3 && fclose(file) == 0 && strcmp(text, "x=5") == 0);
        free(text);
        CHECK(asprintf(&text, "%s-%s", "a", "b") == 3 && strcmp(text, "a-b") == 0);
        free(text);
        char buffer[16] = "";
        file = fmemopen(buffer, sizeof(buffer), "w");
        CHECK(file != NULL && fputs("mem", file) >= 0 && fclose(file) == 0 && strcmp(buffer, "mem") == 0);
}

/* With other streams in the place of standard output. */
static void lines(void)
{
        FILE *console = stdout, *file;
        char *text = NULL, long_line[3001];
        size_t size = 0;
        memset(long_line, 'l', sizeof(long_line) - 1);
        long_line[sizeof(long_line) - 1] = '\0';

        stdout = file = open_memstream(&text, &size);
        int good = puts("one\ntwo") >= 0 && puts("") >= 0 && puts(long_line) >= 0 && fputs("more ", file) >= 0;
        setvbuf(file, NULL, _IONBF, 0);
        good = good && puts("than\nthat") >= 0 && puts("") >= 0;
        setvbuf(file, NULL, _IOLBF, 100);
        good = good && puts(long_line) >= 0;
        stdout = console;
        CHECK(good && fclose(file) == 0 && size == 9 + 3001 + 15 + 1 + 3001);
        CHECK(memcmp(text, "one\ntwo\n\nlll", 12) == 0 && memcmp(text + 3007, "ll\nmore than\nthat\n\nlll", 22) == 0);
        CHECK(strcmp(text + size - 3, "ll\n") == 0);
        free(text);

        for (int mode = _IOFBF; mode <= _IONBF; mode++) {
                stdout = file = fopen("/text/lines.txt", "r");
                setvbuf(file, NULL, mode, 64);
                int read_only = puts("x");
                stdout = file = freopen("/dev/null", "w", file);
                setvbuf(file, NULL, mode, 64);
                int wide = fwide(file, 1) > 0 ? puts("x") : 0;
                stdout = console;
                CHECK(read_only == EOF && wide == EOF);
                fclose(file);
        }
}

int main(void)
{
        files();
        numbers();
        streams();
        lines();
        return check_done();
}
