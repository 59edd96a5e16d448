/* obey: the guest that tests of Xen order about. Its first argument says what it does, see `orders`. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t terminated;

static void note_termination(int number)
{
        (void)number;
        terminated = 1;
}

static void say(const char *line)
{
        puts(line);
        fflush(stdout);
}

static int end(const char *status)
{
        return atoi(status);
}

__attribute__((noinline)) static void write_to(volatile int *where)
{
        *where = 1;
}

static int crash(const char *address)
{
        say("about to crash");
        write_to((volatile int *)strtoul(address, NULL, 0));
        return 0;
}

/* Repeats each line until one is the word given. */
static int echo(const char *last)
{
        char line[256];
        say("listening");
        while (fgets(line, sizeof(line), stdin) != NULL) {
                line[strcspn(line, "\r\n")] = '\0';
                printf("heard <%s>\n", line);
                fflush(stdout);
                if (strcmp(line, last) == 0)
                        return 0;
        }
        return 1;
}

/* Waits for SIGTERM, then ends with the status given. */
static int terminate(const char *status)
{
        signal(SIGTERM, note_termination);
        say("waiting for SIGTERM");
        while (!terminated)
                sleep(1000);
        say("SIGTERM came");
        return atoi(status);
}

/* Does not heed SIGTERM. */
static int stay(const char *unused)
{
        (void)unused;
        signal(SIGTERM, SIG_IGN);
        say("staying");
        while (sleep(1000) != 0 || terminated == 0)
                ;
        return 1;
}

/* Sleeps for the milliseconds given, and tells what the clocks say before and after. */
static int tell_time(const char *milliseconds)
{
        struct timespec before, after;
        const long wait = atol(milliseconds);
        printf("date %lld\n", (long long)time(NULL));
        clock_gettime(CLOCK_MONOTONIC, &before);
        nanosleep(&(struct timespec){wait / 1000, wait % 1000 * 1000000}, NULL);
        clock_gettime(CLOCK_MONOTONIC, &after);
        printf("slept %lld us\n",
               (long long)(after.tv_sec - before.tv_sec) * 1000000 + (after.tv_nsec - before.tv_nsec) / 1000);
        return 0;
}

/* Fills the console with more lines than its ring holds. */
static int talk(const char *lines)
{
        const int count = atoi(lines);
        for (int i = 0; i < count; i++)
                printf("line %d of many that say nothing but their number\n", i);
        return 0;
}

static long long microseconds(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * 1000000ll + now.tv_nsec / 1000;
}

/* The same, whoever reads; after SIGTERM it tells how long that took, and the longest of the lines. */
static int flood(const char *lines)
{
        const int count = atoi(lines);
        const long long start = microseconds();
        long long before = start, longest = 0;
        signal(SIGTERM, note_termination);
        for (int i = 0; i < count; i++) {
                printf("line %d of many that say nothing but their number\n", i);
                fflush(stdout);
                const long long now = microseconds();
                longest = now - before > longest ? now - before : longest;
                before = now;
        }
        while (!terminated)
                sleep(1000);
        printf("flooded in %lld us, the longest line took %lld us\n", before - start, longest);
        return 0;
}

static const struct {
        const char *name;
        int (*run)(const char *argument);
} orders[] = {{"exit", end},  {"crash", crash},    {"echo", echo}, {"term", terminate},
              {"stay", stay}, {"time", tell_time}, {"talk", talk}, {"flood", flood}};

int main(int argc, char **argv)
{
        for (size_t i = 0; argc > 1 && i < sizeof(orders) / sizeof(orders[0]); i++) {
                if (strcmp(argv[1], orders[i].name) == 0)
                        return orders[i].run(argc > 2 ? argv[2] : "0");
        }
        say("no such order");
        return 2;
}
