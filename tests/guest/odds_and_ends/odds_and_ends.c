/* Small calls that newlib leaves to the system: paths, dates, streams' locks, messages. */
#define _GNU_SOURCE
#include <err.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../check.h"

static int same(char *(*part)(char *), const char *path, const char *wanted)
{
        char copy[64];
        return strcmp(part(strcpy(copy, path)), wanted) == 0;
}

static void parts_of_paths(void)
{
        CHECK(same(basename, "/usr/lib", "lib") && same(dirname, "/usr/lib", "/usr"));
        CHECK(same(basename, "/usr/", "usr") && same(dirname, "/usr/", "/"));
        CHECK(same(basename, "usr", "usr") && same(dirname, "usr", "."));
        CHECK(same(basename, "/", "/") && same(dirname, "/", "/"));
        CHECK(same(basename, "", ".") && same(dirname, "", "."));
        CHECK(same(basename, "a//b//", "b") && same(dirname, "a//b//", "a"));
        CHECK(strcmp(basename(NULL), ".") == 0 && strcmp(dirname(NULL), ".") == 0);
}

static void dates(void)
{
        struct tm parts;
        setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1);
        tzset();
        for (time_t moment = -70000000000; moment < 70000000000; moment += 86399 * 997L) {
                CHECK(gmtime_r(&moment, &parts) != NULL && timegm(&parts) == moment);
        }
        parts = (struct tm){.tm_year = 100, .tm_mon = 14, .tm_mday = 0, .tm_hour = -1};
        CHECK(timegm(&parts) == 983314800 && parts.tm_year == 101 && parts.tm_mon == 1 && parts.tm_hour == 23);
}

int main(void)
{
        parts_of_paths();
        dates();
        flockfile(stdout);
        CHECK(ftrylockfile(stdout) == 0);
        puts("printed with the lock held");
        funlockfile(stdout);
        funlockfile(stdout);
        CHECK(strcmp(ttyname(1), "/dev/console") == 0 && ttyname(99) == NULL);
        char *line = NULL;
        size_t size = 0;
        FILE *null = fopen("/dev/null", "r");
        CHECK(getline(&line, &size, null) == -1 && fclose(null) == 0);
        free(line);
        errno = ENOENT;
        warn("about %s", "something");
        if (check_done() == 0)
                errx(3, "the end");
        return 1;
}
