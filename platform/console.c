/* The platform's console: chooses a driver when it is first used; see console.h. */
#include <console.h>

#include <stdatomic.h>
#include <string.h>

#include <command_line.h>
#include <platform.h>

static void null_write(void *ctx, const void *data, size_t bytes)
{
        (void)ctx;
        (void)data;
        (void)bytes;
}

static const struct console_driver null_driver = {.write = null_write};

static _Atomic(const struct console_driver *) chosen;

bool console_is_patient;

static bool virtio_is_preferred(void)
{
        size_t length = 0;
        const char *value = command_line_find(platform_boot_info()->command_line, "coracle.console", &length);
        return value != NULL && length == 6 && memcmp(value, "virtio", 6) == 0;
}

/* While virtio-console is looked for nobody may come back here from its log lines: they go nowhere. */
static const struct console_driver *find_virtio(void)
{
        atomic_store_explicit(&chosen, &null_driver, memory_order_release);
        return console_virtio();
}

static const struct console_driver *choose(void)
{
        const struct console_driver *driver = NULL;
        const bool linked = console_virtio != NULL;
        const bool preferred = linked && virtio_is_preferred();
        if (preferred)
                driver = find_virtio();
        if (driver == NULL)
                driver = console_xen();
        if (driver == NULL)
                driver = console_serial();
        if (driver == NULL && linked && !preferred)
                driver = find_virtio();
        return driver != NULL ? driver : &null_driver;
}

/* Two CPUs may both search: they find the same. */
static const struct console_driver *console(void)
{
        const struct console_driver *driver = atomic_load_explicit(&chosen, memory_order_acquire);
        if (driver == NULL) {
                driver = choose();
                atomic_store_explicit(&chosen, driver, memory_order_release);
        }
        return driver;
}

void platform_console_write(const void *data, size_t bytes)
{
        const struct console_driver *driver = console();
        driver->write(driver->ctx, data, bytes);
}

size_t platform_console_read(void *data, size_t bytes)
{
        const struct console_driver *driver = console();
        return driver->read != NULL ? driver->read(driver->ctx, data, bytes) : 0;
}

void platform_console_on_input(void (*fn)(void *ctx), void *ctx)
{
        const struct console_driver *driver = console();
        if (driver->on_input != NULL)
                driver->on_input(driver->ctx, fn, ctx);
}

void console_drain(void)
{
        const struct console_driver *driver = atomic_load_explicit(&chosen, memory_order_acquire);
        if (driver != NULL && driver->drain != NULL)
                driver->drain(driver->ctx);
}
