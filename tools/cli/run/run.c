/* coracle run: boots an image in QEMU. */
#include <stdio.h>
#include <string.h>

#include "../commands.h"
#include "../instances/background.h"
#include "../message.h"
#include "boot.h"
#include "gdb.h"
#include "options.h"
#include "prepare.h"

static const char usage[] =
        "usage: coracle run IMAGE [OPTIONS] [-- ARGUMENTS]\n"
        "\n"
        "Boots IMAGE in QEMU. The program's output is standard output, its input standard input, its exit\n"
        "status ours: 134 after a crash, 130 after Ctrl-C, 2 when something is wrong with the command.\n"
        "\n"
        "  -m, --memory SIZE        memory: 64M, 1G, ... (default 128M)\n"
        "  -p, --publish HOST:GUEST lead a TCP port of this host (127.0.0.1) to the guest's; udp:HOST:GUEST,\n"
        "                           ADDRESS:HOST:GUEST; repeatable\n"
        "  -e, --env KEY=VALUE      a variable of the program's environment; KEY alone: as here; repeatable\n"
        "      --net user|tap=NAME|none\n"
        "                           QEMU's user network (default, when the program uses the network), a tap\n"
        "                           device, or none\n"
        "      --ip ADDRESS/BITS[,gw=ADDRESS][,dns=ADDRESS]|dhcp\n"
        "                           the guest's address (default: the user network's, DHCP on a tap)\n"
        "      --disk FILE[,ro]     a disk, /dev/vda and on: a raw or qcow2 file or a block device, read-only with\n"
        "                           ,ro; repeatable\n"
        "      --accel auto|kvm|tcg KVM if it works, else TCG (auto)\n"
        "      --machine auto|pc|q35|microvm\n"
        "                           the machine to emulate (auto: microvm, which boots fastest)\n"
        "      --gdb                wait for gdb before the first instruction\n"
        "      --raw                give keys to the program one by one, without echo and line editing\n"
        "      --append WORDS       more words for the guest's command line, such as coracle.KEY=VALUE\n"
        "      --qemu ARGUMENTS     more arguments for QEMU, quoted as in a shell\n"
        "  -d, --detach             run in the background and print the guest's name; then coracle ps, logs, stop, "
        "...\n"
        "      --name NAME          that name (default: made of the image's)\n"
        "      --print              show QEMU's command line, run nothing\n"
        "      --verbose            show QEMU's command line and the steps of the boot with their times\n"
        "  -q, --quiet              say nothing but errors\n"
        "\n"
        "example: coracle run build/x86_64/apps/httpd/httpd.elf -p 8080:8080\n";

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');
        return slash != NULL ? slash + 1 : path;
}

static void say_what_runs(const struct run_options *options, const struct preparation *preparation)
{
        char size[32];
        const bool is_whole = options->memory_kib % 1024 == 0;
        snprintf(size, sizeof(size), "%llu %s", (unsigned long long)options->memory_kib / (is_whole ? 1024 : 1),
                 is_whole ? "MiB" : "KiB");
        if (!options->quiet)
                complain("%s under %s%s%s%s, %s, %s", base_name(options->image),
                         preparation->choice.kvm ? "KVM" : "TCG", preparation->why_not_kvm != NULL ? " (" : "",
                         preparation->why_not_kvm != NULL ? preparation->why_not_kvm : "",
                         preparation->why_not_kvm != NULL ? ")" : "", qemu_machine_name(options), size);
        if (options->gdb)
                gdb_announce(preparation->choice.gdb_port, options->image);
}

int command_run(int argc, char *argv[])
{
        static struct run_options options;
        char error[ERROR_TEXT];
        if (!run_options_parse(&options, argc, argv, error))
                refuse("%s", error);
        if (options.help) {
                fputs(usage, stdout);
                return 0;
        }
        struct preparation preparation;
        prepare(&options, &preparation);
        struct list command = boot_command(&options, &preparation.choice);
        if (options.print)
                boot_print_command(&command, stdout);
        list_free(&command);
        if (options.print)
                return 0;
        prepare_network(&options, background_holder);
        if (!preparation.uses_network && options.forward_count != 0 && !options.quiet)
                complain("%s does not use the network: nothing will answer at the ports of -p", options.image);
        if (!options.detach)
                say_what_runs(&options, &preparation);
        const int status = options.detach ? background_start(&options, &preparation, "", NULL)
                                          : boot(&options, &preparation.choice, NULL).status;
        run_options_free(&options);
        return status;
}
