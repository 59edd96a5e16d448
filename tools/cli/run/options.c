/* The options of `coracle run`; see options.h. */
#include "options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../message.h"

/* A guest with less has no room for its page tables and a thread's stack. */
#define MEMORY_MIN_KIB     2048u
#define MEMORY_DEFAULT_KIB (128u * 1024u)
#define MEMORY_MAX_KIB     (UINT64_C(1) << 42)

enum {
        OPTION_ACCEL = 256,
        OPTION_MACHINE,
        OPTION_NET,
        OPTION_IP,
        OPTION_APPEND,
        OPTION_QEMU,
        OPTION_VERBOSE,
        OPTION_QUIET,
        OPTION_GDB,
        OPTION_RAW,
        OPTION_PRINT,
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
        {"append", required_argument, NULL, OPTION_APPEND},
        {"qemu", required_argument, NULL, OPTION_QEMU},
        {"verbose", no_argument, NULL, OPTION_VERBOSE},
        {"quiet", no_argument, NULL, OPTION_QUIET},
        {"gdb", no_argument, NULL, OPTION_GDB},
        {"raw", no_argument, NULL, OPTION_RAW},
        {"print", no_argument, NULL, OPTION_PRINT},
        {"help", no_argument, NULL, OPTION_HELP},
        {NULL, 0, NULL, 0},
};

static bool wrong(char *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool wrong(char *error, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error, ERROR_TEXT, format, arguments);
        va_end(arguments);
        return false;
}

bool run_parse_size(const char *text, uint64_t *kib)
{
        uint64_t value = 0;
        const char *p = text;
        for (; *p >= '0' && *p <= '9'; p++) {
                value = value * 10 + (uint64_t)(*p - '0');
                if (value > MEMORY_MAX_KIB)
                        return false;
        }
        if (p == text)
                return false;
        static const struct {
                const char *suffix;
                unsigned shift;
        } units[] = {{"", 10}, {"K", 0}, {"M", 10}, {"G", 20}, {"k", 0}, {"m", 10}, {"g", 20}, {"T", 30}};
        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
                if (strcmp(p, units[i].suffix) == 0) {
                        *kib = value << units[i].shift;
                        return *kib >> units[i].shift == value && *kib <= MEMORY_MAX_KIB;
                }
        }
        return false;
}

static bool take_memory(struct run_options *options, const char *text, char *error)
{
        if (!run_parse_size(text, &options->memory_kib))
                return wrong(error, "-m %s is not a size; write for example -m 64M or -m 1G", text);
        if (options->memory_kib < MEMORY_MIN_KIB)
                return wrong(error, "-m %s is too little; a guest needs 2M at least", text);
        return true;
}

static bool take_forward(struct run_options *options, const char *text, char *error)
{
        if (options->forward_count == FORWARDS_MAX)
                return wrong(error, "-p was given more than %u times", FORWARDS_MAX);
        struct forward *forward = &options->forwards[options->forward_count++];
        if (!forward_parse(forward, text))
                return wrong(error, "-p %s is not HOST:GUEST with ports from 1 to 65535; write for example -p 8080:80",
                             text);
        for (struct forward *other = options->forwards; other < forward; other++) {
                if (other->udp == forward->udp && other->host == forward->host &&
                    other->address.s_addr == forward->address.s_addr)
                        return wrong(error, "-p: port %u of this host is given twice", forward->host);
        }
        return true;
}

static bool is_name(const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                const char c = text[i];
                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (i > 0 && c >= '0' && c <= '9')))
                        return false;
        }
        return length != 0;
}

static bool take_environment(struct run_options *options, const char *text, char *error)
{
        const char *equals = strchr(text, '=');
        const size_t length = equals != NULL ? (size_t)(equals - text) : strlen(text);
        if (!is_name(text, length))
                return wrong(error, "-e %s: the name must be letters, digits and _; write for example -e KEY=VALUE",
                             text);
        if (equals != NULL) {
                list_add_string(&options->environment, text);
                return true;
        }
        const char *value = getenv(text);
        if (value == NULL)
                return wrong(error, "-e %s: this host's environment has no %s; write -e %s=VALUE", text, text, text);
        list_add(&options->environment, "%s=%s", text, value);
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
        return wrong(error, "--accel %s is not one of auto, kvm, tcg", text);
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
        return wrong(error, "--machine %s is not one of auto, pc, q35, microvm", text);
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
                return wrong(error, "--net %s is not one of user, tap=NAME, none", text);
        options->tap = options->net == NET_TAP ? text + 4 : NULL;
        return true;
}

/* The form only: the guest reads it, and says so when it makes no sense. */
static bool take_ip(struct run_options *options, const char *text, char *error)
{
        const char *slash = strchr(text, '/');
        if (strcmp(text, "dhcp") != 0 && (slash == NULL || slash == text || strpbrk(text, " \t\n'\"\\") != NULL))
                return wrong(error, "--ip %s is not ADDRESS/BITS[,gw=ADDRESS][,dns=ADDRESS] or dhcp", text);
        options->ip = text;
        return true;
}

static bool take_qemu(struct run_options *options, const char *text, char *error)
{
        if (!list_add_words(&options->qemu, text))
                return wrong(error, "--qemu %s: a quote is not closed", text);
        return true;
}

static bool take_append(struct run_options *options, const char *text, char *error)
{
        if (strcmp(text, "--") == 0)
                return wrong(error, "--append --: arguments of the program go after -- at the end of the command");
        list_add_string(&options->append, text);
        return true;
}

static bool take_option(struct run_options *options, int option, const char *value, char *error)
{
        switch (option) {
        case 'm':
                return take_memory(options, value, error);
        case 'p':
                return take_forward(options, value, error);
        case 'e':
                return take_environment(options, value, error);
        case OPTION_ACCEL:
                return take_accel(options, value, error);
        case OPTION_MACHINE:
                return take_machine(options, value, error);
        case OPTION_NET:
                return take_net(options, value, error);
        case OPTION_IP:
                return take_ip(options, value, error);
        case OPTION_APPEND:
                return take_append(options, value, error);
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
        default:
                options->help = true;
                return true;
        }
}

/* The option that getopt stumbled over, with what it was probably meant to be. */
static bool unknown_option(int option, const char *word, char *error)
{
        if (option == ':')
                return wrong(error, "%s needs a value; see `coracle run --help`", word);
        if (optopt != 0 && strncmp(word, "--", 2) != 0)
                return wrong(error, "unknown option -%c; see `coracle run --help`", optopt);
        const char *names[sizeof(long_options) / sizeof(long_options[0])];
        size_t count = 0;
        for (const struct option *known = long_options; known->name != NULL; known++)
                names[count++] = known->name;
        names[count] = NULL;
        char name[64];
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
        const char *meant = closest_word(name, names);
        if (optopt != 0 && meant != NULL && strcmp(meant, name) == 0)
                return wrong(error, "--%s takes no value; see `coracle run --help`", name);
        if (meant != NULL)
                return wrong(error, "unknown option --%s; did you mean --%s?", name, meant);
        return wrong(error, "unknown option --%s; see `coracle run --help`", name);
}

static bool check_together(const struct run_options *options, char *error)
{
        if (options->image == NULL)
                return wrong(error, "which image? usage: coracle run IMAGE [OPTIONS] [-- ARGUMENTS]");
        if (options->forward_count != 0 && options->net == NET_TAP)
                return wrong(error, "-p needs --net user; a guest on a tap is reached at its own address");
        if (options->forward_count != 0 && options->net == NET_NONE)
                return wrong(error, "-p needs a network, and --net none says there is none");
        if (options->ip != NULL && options->net == NET_NONE)
                return wrong(error, "--ip needs a network, and --net none says there is none");
        return true;
}

bool run_options_parse(struct run_options *options, int argc, char *argv[], char *error)
{
        *options = (struct run_options){.memory_kib = MEMORY_DEFAULT_KIB, .machine_more = ""};
        int count = 0;
        while (count < argc && strcmp(argv[count], "--") != 0)
                count++;
        if (count < argc) {
                options->arguments = argv + count + 1;
                options->argument_count = (size_t)(argc - count - 1);
        }
        optind = 0;
        opterr = 0;
        for (;;) {
                const int option = getopt_long(count, argv, "-:m:p:e:qh", long_options, NULL);
                if (option == -1)
                        break;
                if (option == '?' || option == ':')
                        return unknown_option(option, argv[optind - 1], error);
                if (option == 1 && options->image != NULL)
                        return wrong(error, "one image at a time: %s and %s; arguments of the program go after --",
                                     options->image, optarg);
                if (option == 1)
                        options->image = optarg;
                else if (!take_option(options, option, optarg, error))
                        return false;
        }
        return options->help || check_together(options, error);
}

void run_options_free(struct run_options *options)
{
        list_free(&options->environment);
        list_free(&options->append);
        list_free(&options->qemu);
}
