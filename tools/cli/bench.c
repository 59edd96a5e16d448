/* coracle bench: starts the benchmark's script, which is installed beside the other parts, with the words it was given.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "message.h"

static const char usage[] =
        "usage: coracle bench boot [OPTIONS] IMAGE...\n"
        "\n"
        "Measures how long each IMAGE takes to boot in QEMU, beside an empty guest, on the machines microvm, pc and\n"
        "q35, under TCG and KVM: wall and CPU time, warm and cold, and the stages inside the guest. Prints a table "
        "and\n"
        "writes boot.html, boot.json and boot.csv.\n"
        "\n"
        "      --rounds N        starts of each, in interleaved rounds (default 30)\n"
        "      --only PATTERN    only rows whose name, SUBJECT/MACHINE/ACCEL, matches, or has this part; repeatable\n"
        "      --output DIR      where the results go (default bench-boot)\n"
        "      --until REGEX     what the guest has to print to count as booted (default: anything)\n"
        "  -m, --memory SIZE     memory of the guests (default 64M)\n"
        "      --list            only name the rows\n"
        "\n"
        "example: coracle bench boot --rounds 10 --only microvm hello.elf\n";

/* Where the script is, from the directory of this program: as installed, and as built. */
static const char *const places[] = {"../lib/coracle/bench/boot.py", "../../tools/bench/boot.py"};

static void find_script(char path[PATH_MAX])
{
        char self[PATH_MAX], candidate[2 * PATH_MAX];
        const ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
        if (length < 0)
                refuse("/proc/self/exe: %s", strerror(errno));
        self[length] = '\0';
        *strrchr(self, '/') = '\0';
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
                snprintf(candidate, sizeof(candidate), "%s/%s", self, places[i]);
                if (realpath(candidate, path) != NULL)
                        return;
        }
        refuse("the benchmark is not installed beside this program, at %s/%s; `make install` puts it there", self,
               places[0]);
}

static int is_help(const char *word)
{
        return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int command_bench(int argc, char *argv[])
{
        char script[PATH_MAX];
        for (int i = 1; i < argc && i <= 2; i++) {
                if (is_help(argv[i])) {
                        fputs(usage, stdout);
                        return 0;
                }
        }
        if (argc < 2 || strcmp(argv[1], "boot") != 0)
                refuse("bench measures `boot`: coracle bench boot IMAGE...; `coracle bench --help` shows the usage");
        find_script(script);

        /* python3 SCRIPT WORDS... in place of this process; `bench` and `boot` make room. */
        char **command = calloc((size_t)argc + 1, sizeof(*command));
        if (command == NULL)
                refuse("out of memory");
        command[0] = (char[]){"python3"};
        command[1] = script;
        memcpy(command + 2, argv + 2, (size_t)(argc - 2) * sizeof(*command));
        execvp(command[0], command);
        const int error = errno;
        free((void *)command);
        if (error == ENOENT)
                refuse("python3 is not installed; apt-get install python3");
        refuse("python3 cannot be started: %s", strerror(error));
}
