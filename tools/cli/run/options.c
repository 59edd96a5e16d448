/* The options of `coracle run`; see options.h. */
#include "options.h"

#include <getopt.h>
#include <string.h>

#include "../instances/name.h"

/* Eight places for virtio devices, one of them the network's. */
#define MICROVM_DISKS_MAX 7u

#define MEMORY_DEFAULT_KIB (128u * 1024u)

enum {
        OPTION_ACCEL = 256,
        OPTION_MACHINE,
        OPTION_NET,
        OPTION_IP,
        OPTION_DISK,
        OPTION_APPEND,
        OPTION_QEMU,
        OPTION_VERBOSE,
        OPTION_QUIET,
        OPTION_GDB,
        OPTION_RAW,
        OPTION_PRINT,
        OPTION_NAME,
        OPTION_HELP
};

static const struct option long_options[] = {
        {"memory", required_argument, NULL, 'm'},
        {"publish", required_argument, NULL, 'p'},
        {"env", required_argument, NULL, 'e'},
        {"accel", required_argument, NULL, OPTION_ACCEL},
        {"machine", required_argument, NULL, OPTION_MACHINE},
        {"net", required_argument, NULL, OPTION_NET},
        {"ip", required_argument, NULL, OPTION_IP},
        {"disk", required_argument, NULL, OPTION_DISK},
        {"append", required_argument, NULL, OPTION_APPEND},
        {"qemu", required_argument, NULL, OPTION_QEMU},
        {"verbose", no_argument, NULL, OPTION_VERBOSE},
        {"quiet", no_argument, NULL, OPTION_QUIET},
        {"gdb", no_argument, NULL, OPTION_GDB},
        {"raw", no_argument, NULL, OPTION_RAW},
        {"print", no_argument, NULL, OPTION_PRINT},
        {"detach", no_argument, NULL, 'd'},
        {"name", required_argument, NULL, OPTION_NAME},
        {"help", no_argument, NULL, OPTION_HELP},
        {NULL, 0, NULL, 0},
};

static bool take_forward(struct run_options *options, const char *text, char *error)
{
        if (options->forward_count == FORWARDS_MAX)
                return option_wrong(error, "-p was given more than %u times", FORWARDS_MAX);
        struct forward *forward = &options->forwards[options->forward_count++];
        if (!forward_parse(forward, text))
                return option_wrong(error,
                                    "-p %s is not HOST:GUEST with ports from 1 to 65535; write for example -p 8080:80",
                                    text);
        for (struct forward *other = options->forwards; other < forward; other++) {
                if (other->udp == forward->udp && other->host == forward->host &&
                    other->address.s_addr == forward->address.s_addr)
                        return option_wrong(error, "-p: port %u of this host is given twice", forward->host);
        }
        return true;
}

static bool take_accel(struct run_options *options, const char *text, char *error)
{
        static const char *const names[] = {"auto", "kvm", "tcg"};
        for (unsigned i = 0; i < 3; i++) {
                if (strcmp(text, names[i]) == 0) {
                        options->accel = (enum run_accel)i;
                        return true;
                }
        }
        return option_wrong(error, "--accel %s is not one of auto, kvm, tcg", text);
}

static bool take_machine(struct run_options *options, const char *text, char *error)
{
        static const char *const names[] = {"auto", "pc", "q35", "microvm"};
        const size_t length = strcspn(text, ",");
        for (unsigned i = 0; i < 4; i++) {
                if (strlen(names[i]) == length && strncmp(text, names[i], length) == 0) {
                        options->machine = (enum run_machine)i;
                        options->machine_more = text + length;
                        return true;
                }
        }
        return option_wrong(error, "--machine %s is not one of auto, pc, q35, microvm", text);
}

/* IFNAMSIZ less the NUL; the characters that the kernel refuses, and QEMU's own separator. */
static bool is_interface_name(const char *text)
{
        return text[0] != '\0' && strlen(text) <= 15 && strpbrk(text, "/,: \t\n") == NULL;
}

static bool take_net(struct run_options *options, const char *text, char *error)
{
        if (strcmp(text, "user") == 0)
                options->net = NET_USER;
        else if (strcmp(text, "none") == 0)
                options->net = NET_NONE;
        else if (strncmp(text, "tap=", 4) == 0 && is_interface_name(text + 4))
                options->net = NET_TAP;
        else
                return option_wrong(error, "--net %s is not one of user, tap=NAME, none", text);
        options->tap = options->net == NET_TAP ? text + 4 : NULL;
        return true;
}

static bool take_qemu(struct run_options *options, const char *text, char *error)
{
        if (!list_add_words(&options->qemu, text))
                return option_wrong(error, "--qemu %s: a quote is not closed", text);
        return true;
}

static bool take_name(struct run_options *options, const char *text, char *error)
{
        if (!instance_name_is_good(text))
                return option_wrong(error,
                                    "--name %s is not a name: up to 63 letters, digits and any of _.-, beginning with "
                                    "a letter or digit",
                                    text);
        options->name = text;
        return true;
}

static bool take_option(void *ctx, int option, const char *value, char *error)
{
        struct run_options *options = ctx;
        switch (option) {
        case 'm':
                return option_memory(&options->memory_kib, value, error);
        case 'p':
                return take_forward(options, value, error);
        case 'e':
                return option_environment(&options->environment, value, error);
        case OPTION_ACCEL:
                return take_accel(options, value, error);
        case OPTION_MACHINE:
                return take_machine(options, value, error);
        case OPTION_NET:
                return take_net(options, value, error);
        case OPTION_IP:
                return option_ip(&options->ip, value, error);
        case OPTION_DISK:
                return option_disk(&options->disks, value, error);
        case OPTION_APPEND:
                return option_append(&options->append, value, error);
        case OPTION_QEMU:
                return take_qemu(options, value, error);
        case OPTION_VERBOSE:
                options->verbose = true;
                return true;
        case 'q':
        case OPTION_QUIET:
                options->quiet = true;
                return true;
        case OPTION_GDB:
                options->gdb = true;
                return true;
        case OPTION_RAW:
                options->raw = true;
                return true;
        case OPTION_PRINT:
                options->print = true;
                return true;
        case 'd':
                options->detach = true;
                return true;
        case OPTION_NAME:
                return take_name(options, value, error);
        default:
                options->help = true;
                return true;
        }
}

static bool check_together(const struct run_options *options, char *error)
{
        if (options->name != NULL && !options->detach)
                return option_wrong(error, "--name is for guests in the background; add -d");
        if (options->detach && options->gdb)
                return option_wrong(error, "--gdb needs the guest in the foreground; leave out -d");
        if (options->detach && options->raw)
                return option_wrong(error,
                                    "--raw is for the terminal; with -d, use it later: coracle attach --raw NAME");
        if (options->image == NULL)
                return option_wrong(error, "which image? usage: coracle run IMAGE [OPTIONS] [-- ARGUMENTS]");
        if (options->forward_count != 0 && options->net == NET_TAP)
                return option_wrong(error, "-p needs --net user; a guest on a tap is reached at its own address");
        if (options->forward_count != 0 && options->net == NET_NONE)
                return option_wrong(error, "-p needs a network, and --net none says there is none");
        if (options->ip != NULL && options->net == NET_NONE)
                return option_wrong(error, "--ip needs a network, and --net none says there is none");
        const bool is_microvm = options->machine == MACHINE_AUTO || options->machine == MACHINE_MICROVM;
        if (is_microvm && options->disks.count > MICROVM_DISKS_MAX)
                return option_wrong(error, "microvm has room for %u disks; add --machine q35 for more",
                                    MICROVM_DISKS_MAX);
        return true;
}

bool run_options_parse(struct run_options *options, int argc, char *argv[], char *error)
{
        *options = (struct run_options){.memory_kib = MEMORY_DEFAULT_KIB, .machine_more = ""};
        const int count = option_arguments(argc, argv, &options->arguments, &options->argument_count);
        const struct option_set set = {"run", long_options, "-:m:p:e:dqh", take_option, HINT_ARGUMENTS};
        if (!option_parse(&set, options, count, argv, &options->image, 1, error))
                return false;
        return options->help || check_together(options, error);
}

void run_options_free(struct run_options *options)
{
        disks_free(&options->disks);
        list_free(&options->environment);
        list_free(&options->append);
        list_free(&options->qemu);
}
