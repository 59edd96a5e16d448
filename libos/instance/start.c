/*
 * Instance data at boot: asks the sources in the order of their rank, and puts what they say where the program and the
 * rest of the library OS look for it: options, environment, arguments, file tree.
 *
 * In an image because the program names coracle_instance or anything of coracle/instance.h; -linstance does so too.
 * Sources that need the network are asked when it is there (metadata/service.c), the others before.
 */
#include <coracle/init.h>
#include <coracle/instance.h>
#include <coracle/log.h>
#include <coracle/options.h>

#include <stdlib.h>

#include "../core/command_line.h"
#include "../core/log_ring.h"
#include "../fs/tree.h"
#include "files.h"
#include "instance.h"

extern char **environ __attribute__((weak));

const char coracle_instance = 1;

static char **line_options, **line_environment;
static unsigned line_option_count, line_environment_count;
static const struct carried_tree *image_tree;

static void note_command_line(void)
{
        line_options = command_line_options(&line_option_count);
        line_environment = boot_command_line.environment;
        for (unsigned i = 0; i < line_option_count; i++)
                instance_taken(line_options[i]);
        for (; line_environment[line_environment_count] != NULL; line_environment_count++)
                instance_taken(line_environment[line_environment_count]);
        if (boot_command_line.argc > 1)
                instance_arguments_taken();
}

/* The command line's words and then those of instance data, NULL-terminated; NULL: no memory. *count of all. */
static char **joined(char **first, unsigned first_count, bool options, unsigned *count)
{
        unsigned more = 0;
        while (instance_value_at(options, more) != NULL)
                more++;
        char **all = malloc((first_count + more + 1) * sizeof(*all));
        if (all == NULL) {
                log_warning("instance", "no memory for %u values; they are ignored", more);
                return NULL;
        }
        for (unsigned i = 0; i < first_count; i++)
                all[i] = first[i];
        for (unsigned i = 0; i < more; i++)
                all[first_count + i] = instance_value_at(options, i);
        all[first_count + more] = NULL;
        *count = first_count + more;
        return all;
}

static void apply_values(void)
{
        unsigned count;
        char **options = joined(line_options, line_option_count, true, &count);
        if (options != NULL)
                command_line_set_options(options, count);
        char **environment = joined(line_environment, line_environment_count, false, &count);
        if (environment != NULL) {
                boot_command_line.environment = environment;
                if (&environ != NULL)
                        environ = environment;
        }
        log_set_verbose(option_is("verbose", "1"));
}

static void apply_arguments(void)
{
        unsigned count;
        const char *name = option_get("name");
        char **arguments = instance_arguments(&count);
        if (name != NULL)
                boot_command_line.argv[0] = (char *)(uintptr_t)name;
        char **argv = count != 0 ? malloc((count + 2) * sizeof(*argv)) : NULL;
        if (argv == NULL)
                return;
        argv[0] = boot_command_line.argv[0];
        for (unsigned i = 0; i < count; i++)
                argv[1 + i] = arguments[i];
        argv[1 + count] = NULL;
        boot_command_line.argv = argv;
        boot_command_line.argc = (int)count + 1;
}

static void apply_files(void)
{
        unsigned count;
        const struct instance_file *files = instance_files(&count);
        if (count == 0)
                return;
        if (tree_replace == NULL) {
                log_info("instance", "the program opens no files; %u are not used", count);
                return;
        }
        if (image_tree == NULL)
                image_tree = tree_now();
        const struct carried_tree *merged = files_merge(image_tree, files, count);
        if (merged == NULL)
                log_warning("instance", "no memory for %u files; they are left out", count);
        else
                tree_replace(merged);
}

void instance_apply(void)
{
        apply_values();
        apply_arguments();
        apply_files();
}

/* Once the network is up, and before the program's constructors. */
static void after_network(int argc, char **argv, char **environment)
{
        (void)argc;
        (void)argv;
        (void)environment;
        instance_metadata();
}
static void (*const start_after_network)(int, char **, char **)
        __attribute__((section(".preinit_array"), used)) = after_network;

void boot_thread(void *argument)
{
        note_command_line();
        instance_fw_cfg();
        instance_disk();
        instance_apply();
        if (log_is_verbose())
                log_info("boot", "instance data");
        boot_main_thread(argument);
}
