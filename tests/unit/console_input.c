/* Console input in its two dialects: a person at a terminal, and `coracle run`, which passes any bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <coracle/options.h>
#include <libos/posix/console/console.h>
#include <platform.h>

static const char *dialect;
static const char *waiting = ""; /* at the platform */
static size_t waiting_bytes;
static size_t at_once = 1000; /* the platform's largest answer */
static const char *late;      /* arrives while the reader sleeps */
static size_t late_bytes;
static void (*listener)(void *ctx);

bool option_is(const char *key, const char *value)
{
        return strcmp(key, "input") == 0 && dialect != NULL && strcmp(value, dialect) == 0;
}

size_t platform_console_read(void *data, size_t bytes)
{
        if (bytes > waiting_bytes)
                bytes = waiting_bytes;
        if (bytes > at_once)
                bytes = at_once;
        memcpy(data, waiting, bytes);
        waiting += bytes;
        waiting_bytes -= bytes;
        return bytes;
}

void platform_console_on_input(void (*fn)(void *ctx), void *ctx)
{
        (void)ctx;
        listener = fn;
}

void spin_lock(struct spinlock *lock)
{
        assert_false(atomic_flag_test_and_set(&lock->held));
}

void spin_unlock(struct spinlock *lock)
{
        atomic_flag_clear(&lock->held);
}

int wait_queue_wait(struct wait_queue *queue, struct spinlock *lock)
{
        (void)queue;
        assert_non_null(late); /* else it would sleep for ever */
        spin_unlock(lock);
        waiting = late;
        waiting_bytes = late_bytes;
        late = NULL;
        listener(NULL);
        spin_lock(lock);
        return 0;
}

unsigned wait_queue_wake_all(struct wait_queue *queue)
{
        (void)queue;
        return 1;
}

void poll_notify(struct poll_source *source, short events)
{
        (void)source;
        assert_int_equal(events, POLLIN);
}

static struct file file = {.flags = O_RDWR};

static ssize_t get(char *buffer, size_t bytes)
{
        struct iovec vector[2] = {{buffer, bytes / 2}, {buffer + bytes / 2, bytes - bytes / 2}};
        memset(buffer, 0, bytes);
        return console_read(&file, vector, 2, FILE_AT_OFFSET);
}

#define ARRIVED(text) (waiting = (text), waiting_bytes = sizeof(text) - 1)
#define COMES(text)   (late = (text), late_bytes = sizeof(text) - 1)

/* The state is static: each dialect in a process of its own. */
static int in_child(void (*fn)(void))
{
        int status;
        pid_t child = fork();
        if (child == 0) {
                fn();
                _exit(0);
        }
        waitpid(child, &status, 0);
        return status;
}

static void check(bool good, int line)
{
        if (!good)
                _exit(line % 255 + 1);
}
#define CHECK(condition) check(condition, __LINE__)

static void terminal(void)
{
        char text[16];
        int count;
        atomic_fetch_or(&file.flags, O_NONBLOCK);
        CHECK(get(text, sizeof(text)) == -EAGAIN);
        CHECK(console_poll(&file) == (POLLOUT | POLLWRNORM));
        atomic_fetch_and(&file.flags, ~O_NONBLOCK);
        ARRIVED("ab\rcd\n");
        CHECK((console_poll(&file) & POLLIN) != 0);
        CHECK(console_control(&file, FIONREAD, &count) == 0 && count == (at_once == 1 ? 1 : 6));
        CHECK(get(text, 4) == 4 && memcmp(text, "ab\nc", 4) == 0);
        CHECK(get(text, sizeof(text)) == 2 && memcmp(text, "d\n", 2) == 0);
        COMES("late");
        CHECK(get(text, sizeof(text)) == 4 && memcmp(text, "late", 4) == 0);
        ARRIVED("x\x04y\x04\x04");
        CHECK(get(text, sizeof(text)) == 1);
        CHECK(get(text, sizeof(text)) == 0); /* the file ended, and goes on */
        CHECK(get(text, sizeof(text)) == 1 && text[0] == 'y');
        CHECK(get(text, sizeof(text)) == 0);
        CHECK(get(text, sizeof(text)) == 0);
        CHECK(get(text, 0) == 0);
        CHECK(console_control(&file, TIOCGWINSZ, &count) == -ENOTTY);
}

static void a_person_types_returns_and_control_d(void **state)
{
        (void)state;
        dialect = NULL;
        assert_int_equal(in_child(terminal), 0);
        at_once = 1;
        assert_int_equal(in_child(terminal), 0);
        at_once = 1000;
}

static void escaped(void)
{
        char text[16];
        ARRIVED("\x16\x16junk\x10\x19\x10\x02"
                "a\r\x04\x10\x10z\x10\x04q\x10\x19lost");
        CHECK(get(text, sizeof(text)) == 5 && memcmp(text, "a\r\x04\x10z", 5) == 0);
        CHECK(get(text, sizeof(text)) == 0); /* Ctrl-D */
        CHECK(get(text, sizeof(text)) == 1 && text[0] == 'q');
        for (int i = 0; i < 3; i++)
                CHECK(get(text, sizeof(text)) == 0); /* the end, for good */
        CHECK((console_poll(&file) & POLLIN) != 0);
}

static void coracle_run_passes_any_bytes_and_the_end(void **state)
{
        (void)state;
        dialect = "escaped";
        assert_int_equal(in_child(escaped), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_person_types_returns_and_control_d),
                cmocka_unit_test(coracle_run_passes_any_bytes_and_the_end),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
