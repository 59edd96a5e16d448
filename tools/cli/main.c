/* coracle: runs and inspects Coracle images and starts new programs. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "message.h"

#define VERSION "0.1.0"

static const char usage[] =
        "usage: coracle COMMAND [ARGUMENTS]\n"
        "\n"
        "  run IMAGE        boot an image in QEMU and pass its exit status on\n"
        "  compose FILE     start several in the background, on a network that they share\n"
        "  ps               list the guests in the background (run -d, compose)\n"
        "  logs NAME        show what one has written\n"
        "  attach NAME      give one this terminal for a console\n"
        "  top              show what they use of processor, memory and network\n"
        "  stop NAME...     end them\n"
        "  rm NAME...       forget those that have ended\n"
        "\n"
        "  inspect IMAGE    show what is in an image, and why\n"
        "  image IMAGE      make a disk, an ISO, an EFI program, a container image of an image\n"
        "  xl IMAGE         print the configuration of a Xen domain that runs an image\n"
        "  libvirt IMAGE    print a libvirt domain that runs an image\n"
        "  export TARGET IMAGE\n"
        "                   print what Kubernetes, Nomad, OpenStack, Proxmox, Firecracker, ... take to run an image\n"
        "  bench boot IMAGE...\n"
        "                   measure how long images take to boot\n"
        "  new NAME         write a program to start from\n"
        "  symbolise IMAGE  name the addresses of a crash report read from standard input\n"
        "  help [COMMAND]   show help\n"
        "\n"
        "`coracle COMMAND --help` tells more; so do the manual pages coracle(1), coracle-run(1), ...\n"
        "coracle-cc compiles and links images.\n";

static const struct {
        const char *name;
        int (*run)(int argc, char *argv[]);
} commands[] = {
        /* One a line, so that changes do not meet. */
        /* clang-format off */
        {"run", command_run},
        {"compose", command_compose},
        {"ps", command_ps},
        {"logs", command_logs},
        {"attach", command_attach},
        {"top", command_top},
        {"stop", command_stop},
        {"rm", command_rm},
        {"inspect", command_inspect},
        {"image", command_image},
        {"xl", command_xl},
        {"libvirt", command_libvirt},
        {"export", command_export},
        {"bench", command_bench},
        {"new", command_new},
        {"symbolise", command_symbolise},
        /* clang-format on */
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int run_command(const char *name, int argc, char *argv[])
{
        const char *names[COMMANDS + 2];
        for (size_t i = 0; i < COMMANDS; i++) {
                if (strcmp(name, commands[i].name) == 0)
                        return commands[i].run(argc, argv);
                names[i] = commands[i].name;
        }
        names[COMMANDS] = "help";
        names[COMMANDS + 1] = NULL;
        const char *meant = closest_word(name, names);
        if (meant != NULL)
                refuse("there is no command `%s`; did you mean `%s`?", name, meant);
        refuse("there is no command `%s`; `coracle help` lists them", name);
}

int main(int argc, char *argv[])
{
        const char *name = argc > 1 ? argv[1] : "";
        if (argc < 2) {
                fputs(usage, stderr);
                return EXIT_USAGE;
        }
        if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
                puts("coracle " VERSION);
                return 0;
        }
        if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || (strcmp(name, "help") == 0 && argc == 2)) {
                fputs(usage, stdout);
                return 0;
        }
        if (strcmp(name, "help") == 0)
                return run_command(argv[2], 2, (char *[]){argv[2], (char[]){"--help"}, NULL});
        if (name[0] == '-')
                refuse("unknown option %s; `coracle help` lists the commands", name);
        return run_command(name, argc - 1, argv + 1);
}
