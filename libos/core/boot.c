/*
 * Start of the library OS: every boot step, in order, from the platform's entry to main and its return.
 *
 * Steps do the least that later ones need; devices, clocks and the file tree start when the program first uses them.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <coracle/init.h>
#include <coracle/log.h>
#include <coracle/options.h>

#include <platform.h>

#include "command_line.h"
#include "crash.h"
#include "log_ring.h"

#define EXIT_BAD_COMMAND_LINE 2

extern int main(int argc, char **argv, char **environment);
extern char **environ __attribute__((weak)); /* newlib's; there when something reads or changes the environment */
extern void (*const __preinit_array_start[])(int, char **, char **) __attribute__((weak));
extern void (*const __preinit_array_end[])(int, char **, char **) __attribute__((weak));
extern void (*const __init_array_start[])(int, char **, char **) __attribute__((weak));
extern void (*const __init_array_end[])(int, char **, char **) __attribute__((weak));

struct command_line boot_command_line;

/* In a verbose boot, says that a step is done; the log adds the time. */
static void step(const char *done)
{
        if (log_is_verbose())
                log_info("boot", "%s", done);
}

/* Thread-local storage and canary. Nothing before it may use either: the functions it calls are built for that. */
__attribute__((no_stack_protector)) static void first_steps(const struct platform_boot *boot)
{
        thread_local_start(boot->random[0] & ~0xffull); /* the zero byte stops string functions */
}

static void options_start(const struct platform_boot *boot)
{
        char why[80];
        int error = command_line_parse(boot->command_line, &boot_command_line, why, sizeof(why));
        if (error == 0 && boot->command_line_cut) {
                format_text(why, sizeof(why), "command line: it is longer than the %zu characters there is room for",
                            strlen(boot->command_line));
                error = -EINVAL;
        }
        if (error != 0) {
                log_error("boot", "%s", why);
                platform_exit(EXIT_BAD_COMMAND_LINE);
        }
        log_set_verbose(option_is("verbose", "1"));
        command_line_check();
        if (&environ != NULL)
                environ = boot_command_line.environment;
}

static void run_constructors(void (*const *from)(int, char **, char **), void (*const *to)(int, char **, char **))
{
        for (; from != to; from++)
                (*from)(boot_command_line.argc, boot_command_line.argv, boot_command_line.environment);
}

/* The main thread: optional parts, constructors, main. */
void boot_main_thread(void *argument)
{
        (void)argument;
        step("threads");
        if (network_start != NULL) { /* before constructors: they may open sockets */
                network_start();
                step("network");
        }
        if (power_start != NULL) { /* before the program has anything to lose */
                power_start();
                step("power requests");
        }
        run_constructors(__preinit_array_start, __preinit_array_end);
        run_constructors(__init_array_start, __init_array_end);
        step("program");
        exit(main(boot_command_line.argc, boot_command_line.argv, boot_command_line.environment));
}

/*
 * What the main thread runs. An optional part that comes before all others (libos/instance/start.c) defines it and goes
 * on to boot_main_thread: by the linker's choice, so that images without such a part do not even ask for it.
 */
void boot_thread(void *argument) __attribute__((weak, alias("boot_main_thread")));

__attribute__((no_stack_protector)) void libos_start(void)
{
        const struct platform_boot *boot = platform_boot_info();
        first_steps(boot);   /* first: everything else is compiled with the stack protector */
        memory_start();      /* before the first log line: a console driver may need pages for its ring */
        options_start(boot); /* before what it configures */
        if (boot->random_is_weak)
                log_warning("boot", "weak randomness (timing alone; no RDSEED, RDRAND or virtio-rng): addresses and "
                                    "stack canaries can be guessed");
        step("memory and command line");
        if (boot->memory_dropped != 0)
                log_warning("boot", "%u malformed entries of the hypervisor's memory map are not used",
                            boot->memory_dropped);
        sched_start(boot_thread, NULL); /* never returns: the boot stack ends here */
}
