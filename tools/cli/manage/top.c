/* coracle top: what guests in the background use, live on a terminal, once otherwise. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include "../commands.h"
#include "../instances/state.h"
#include "../message.h"
#include "flags.h"
#include "select.h"
#include "table.h"
#include "usage.h"

#define INTERVAL_MS 1000 /* between two looks, which is what rates are of */
#define ROWS_USUAL  24u

/* ECMA-48 and xterm: another screen and back, the cursor home, clear the rest of the line, the rest of the screen. */
#define SCREEN_ENTER "\033[?1049h\033[?25l"
#define SCREEN_LEAVE "\033[?25h\033[?1049l"
#define CURSOR_HOME  "\033[H"
#define CLEAR_LINE   "\033[K"
#define CLEAR_REST   "\033[J"

static const char usage_text[] =
        "usage: coracle top [NAME]...\n"
        "\n"
        "Shows what guests in the background use: processor time and memory of QEMU, bytes per "
        "second that came in and\n"
        "went out by the guest's network (- where it has none). On a terminal once a second "
        "until q is typed; else once,\n"
        "after a second.\n";

static volatile sig_atomic_t was_interrupted;

static void note_signal(int signal)
{
        (void)signal;
        was_interrupted = 1;
}

struct row {
        const struct usage *now;
        double cpu_percent, in, out; /* in, out: bytes per second; negative: unknown */
};

static int compare_rows(const void *a, const void *b)
{
        const struct row *x = a, *y = b;
        if (x->cpu_percent != y->cpu_percent)
                return x->cpu_percent < y->cpu_percent ? 1 : -1;
        return strverscmp(x->now->name, y->now->name);
}

static double rate(uint64_t before, uint64_t now, double seconds)
{
        return seconds > 0 && now >= before ? (double)(now - before) / seconds : 0;
}

static struct row compare(const struct usages *before, const struct usages *now, const struct usage *usage)
{
        const struct usage *earlier = usages_find(before, usage);
        const double seconds = now->at - before->at;
        struct row row = {.now = usage, .cpu_percent = 0, .in = -1, .out = -1};
        if (earlier == NULL || seconds <= 0)
                return row;
        row.cpu_percent = (usage->cpu_s - earlier->cpu_s) / seconds * 100;
        if (usage->has_bytes && earlier->has_bytes && usage->watch == earlier->watch) {
                row.in = rate(earlier->bytes[0], usage->bytes[0], seconds);
                row.out = rate(earlier->bytes[1], usage->bytes[1], seconds);
        }
        return row;
}

/* "-", "950 B", "12.3 kB", ... */
static void describe_rate(char text[32], double rate)
{
        static const char *const units[] = {"kB", "MB", "GB"};
        size_t unit = 0;
        if (rate < 0) {
                snprintf(text, 32, "-");
        } else if (rate < 1000) {
                snprintf(text, 32, "%.0f B", rate);
        } else {
                for (rate /= 1000; rate >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0]); unit++)
                        rate /= 1000;
                snprintf(text, 32, "%.1f %s", rate, units[unit]);
        }
}

static void add_row(struct table *table, const struct row *row)
{
        char cpu[32], resident[32], in[32], out[32];
        struct text up = {0};
        struct state state = {.started = row->now->started};
        snprintf(cpu, sizeof(cpu), "%.1f", row->cpu_percent);
        snprintf(resident, sizeof(resident), "%.1f MiB", (double)row->now->resident_kib / 1024);
        describe_rate(in, row->in);
        describe_rate(out, row->out);
        state_describe(&state, true, &up);
        const char *const cells[] = {row->now->name, cpu, resident, in, out, up.bytes};
        table_add(table, cells);
        text_free(&up);
}

/* The guests that use most come first; at most `most` are shown, and the rest is counted. */
static void show(const struct usages *before, const struct usages *now, size_t most, FILE *file)
{
        struct row *rows = calloc(now->count + 1, sizeof(rows[0]));
        static const char *const headings[] = {"NAME", "CPU %", "RSS", "IN/S", "OUT/S", "STATUS"};
        struct table table = TABLE(headings);
        double cpu = 0;
        uint64_t resident = 0;
        if (rows == NULL)
                abort();
        for (size_t i = 0; i < now->count; i++) {
                rows[i] = compare(before, now, &now->items[i]);
                cpu += rows[i].cpu_percent;
                resident += now->items[i].resident_kib;
        }
        qsort(rows, now->count, sizeof(rows[0]), compare_rows);
        for (size_t i = 0; i < now->count && i < most; i++)
                add_row(&table, &rows[i]);
        table_print(&table, file);
        fprintf(file, "%zu running, %.1f %% CPU, %.1f MiB", now->count, cpu, (double)resident / 1024);
        if (now->count > most)
                fprintf(file, "; %zu not shown", now->count - most);
        fputc('\n', file);
        table_free(&table);
        free(rows);
}

static void look(struct usages *usages, const struct store *store, char *const argv[])
{
        struct list names = {0};
        for (char *const *name = argv; *name != NULL; name++)
                list_add_string(&names, *name);
        if (*argv == NULL)
                store_names(store, &names);
        usages_take(usages, store, &names);
        list_free(&names);
}

/* One screenful in one write, each line cleared to its end, so that nothing flickers. */
static void draw(const struct usages *before, const struct usages *now)
{
        struct winsize size;
        char *bytes = NULL;
        size_t length = 0;
        const bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 4;
        FILE *file = open_memstream(&bytes, &length);
        if (file == NULL)
                abort();
        show(before, now, (is_known ? size.ws_row : ROWS_USUAL) - 3u, file);
        fclose(file);
        fputs(CURSOR_HOME, stdout);
        for (char *line = bytes, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
                printf("%.*s" CLEAR_LINE "\r\n", (int)(end - line), line);
        fputs("q leaves" CLEAR_LINE CLEAR_REST, stdout);
        fflush(stdout);
        free(bytes);
}

/* Waits out the interval; false: q or Ctrl-C. */
static bool wait_for_key(bool has_keys)
{
        char key = 0;
        struct pollfd polled = {has_keys ? STDIN_FILENO : -1, POLLIN, 0};
        if (poll(&polled, 1, INTERVAL_MS) == 1 && read(STDIN_FILENO, &key, 1) != 1)
                return false;
        return !was_interrupted && key != 'q';
}

static void run_live(const struct store *store, char *const argv[])
{
        struct termios before_mode, mode;
        const struct sigaction action = {.sa_handler = note_signal};
        const bool has_keys = tcgetattr(STDIN_FILENO, &before_mode) == 0;
        struct usages before, now;
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        if (has_keys) {
                mode = before_mode;
                mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
                tcsetattr(STDIN_FILENO, TCSANOW, &mode);
        }
        look(&before, store, argv);
        fputs(SCREEN_ENTER, stdout);
        draw(&before, &before);
        while (wait_for_key(has_keys)) {
                look(&now, store, argv);
                draw(&before, &now);
                usages_free(&before);
                before = now;
        }
        usages_free(&before);
        fputs(SCREEN_LEAVE, stdout);
        fflush(stdout);
        if (has_keys)
                tcsetattr(STDIN_FILENO, TCSADRAIN, &before_mode);
}

static void run_once(const struct store *store, char *const argv[])
{
        struct usages before, now;
        look(&before, store, argv);
        poll(NULL, 0, INTERVAL_MS);
        look(&now, store, argv);
        show(&before, &now, now.count, stdout);
        usages_free(&before);
        usages_free(&now);
}

int command_top(int argc, char *argv[])
{
        char *const *words = flags_parse("top", usage_text, NULL, 0, argc, argv);
        struct store store;
        struct rlimit limit;
        /* A connection for each guest. */
        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
                limit.rlim_cur = limit.rlim_max;
                setrlimit(RLIMIT_NOFILE, &limit);
        }
        struct list names = {0};
        store_open(&store);
        select_names(&store, "top", words, *words == NULL, &names); /* are they there? */
        list_free(&names);
        if (isatty(STDOUT_FILENO) == 1)
                run_live(&store, words);
        else
                run_once(&store, words);
        store_close(&store);
        return fflush(stdout) == 0 ? 0 : 1;
}
