/* coracle run: boots an image in QEMU. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../commands.h"
#include "../image/elf.h"
#include "../message.h"
#include "accel.h"
#include "gdb.h"
#include "guest.h"
#include "options.h"
#include "qemu.h"

#define QEMU "qemu-system-x86_64"

/* The guest ended as programs do that crash: it was reset, or its hypervisor could not go on. */
#define STATUS_CRASHED 134

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
        "      --accel auto|kvm|tcg KVM if it works, else TCG (auto)\n"
        "      --machine auto|pc|q35|microvm\n"
        "                           the machine to emulate (auto: microvm, which boots fastest)\n"
        "      --gdb                wait for gdb before the first instruction\n"
        "      --raw                give keys to the program one by one, without echo and line editing\n"
        "      --append WORDS       more words for the guest's command line, such as coracle.KEY=VALUE\n"
        "      --qemu ARGUMENTS     more arguments for QEMU, quoted as in a shell\n"
        "      --print              show QEMU's command line, run nothing\n"
        "      --verbose            show QEMU's command line and the steps of the boot with their times\n"
        "  -q, --quiet              say nothing but errors\n"
        "\n"
        "example: coracle run build/x86_64/apps/httpd/httpd.elf -p 8080:8080\n";

/* ---- What QEMU needs, checked before it starts, so that each lack has its own message ---- */

static const char *find_qemu(void)
{
        static char path[4096];
        const char *given = getenv("CORACLE_QEMU");
        if (given != NULL && given[0] != '\0') {
                if (access(given, X_OK) != 0)
                        refuse("CORACLE_QEMU=%s: %s", given, strerror(errno));
                return given;
        }
        const char *directories = getenv("PATH");
        while (directories != NULL && *directories != '\0') {
                const size_t length = strcspn(directories, ":");
                snprintf(path, sizeof(path), "%.*s/" QEMU, (int)length, length != 0 ? directories : ".");
                if (access(path, X_OK) == 0)
                        return path;
                directories += length + (directories[length] == ':');
        }
        refuse("there is no " QEMU " in PATH; install it (on Debian: apt install qemu-system-x86)");
}

/* Images record what was linked into them; one without a record may use anything. */
static bool uses_network(const struct image *image)
{
        size_t size = 0;
        const void *record = image_section(image, ".debug_coracle", &size);
        return record == NULL || memmem(record, size, " libos_net_", strlen(" libos_net_")) != NULL;
}

/* Refuses what is no image and decides about the network; returns whether the program uses one. */
static bool check_image(struct run_options *options)
{
        struct image image;
        char error[IMAGE_ERROR];
        if (!image_open(&image, options->image, error))
                refuse("%s", error);
        const bool has_network = uses_network(&image);
        if (options->net == NET_AUTO)
                options->net = options->forward_count != 0 || options->ip != NULL || has_network ? NET_USER : NET_NONE;
        image_close(&image);
        return has_network;
}

static void check_ports(const struct run_options *options)
{
        for (size_t i = 0; i < options->forward_count; i++) {
                const struct forward *forward = &options->forwards[i];
                const unsigned port = forward->host;
                const int error = forward_try(forward);
                if (error == EADDRINUSE)
                        refuse("port %u on this host is already in use; choose another with -p %s%u:%u", port,
                               forward->udp ? "udp:" : "", port < UINT16_MAX ? port + 1 : port - 1, forward->guest);
                if (error == EACCES)
                        refuse("no permission for port %u on this host; choose one above 1023 with -p 8080:%u", port,
                               forward->guest);
                if (error != 0)
                        refuse("port %u on this host: %s", port, strerror(error));
        }
}

static void check_tap(const char *name)
{
        if (if_nametoindex(name) == 0)
                refuse("there is no tap device %s; make it: sudo ip tuntap add dev %s mode tap user $USER", name, name);
        const int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
        if (tun < 0)
                refuse("a tap device needs /dev/net/tun: %s", strerror(errno));
        struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
        snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
        if (ioctl(tun, TUNSETIFF, &request) != 0) {
                if (errno == EPERM)
                        refuse("no permission for tap device %s; make it yours: sudo ip tuntap add dev %s mode tap "
                               "user $USER",
                               name, name);
                if (errno == EBUSY)
                        refuse("tap device %s is in use; is another guest on it?", name);
                refuse("%s is not a tap device: %s", name, strerror(errno));
        }
        close(tun);
}

/* Decides on KVM; `why` is set to the reason when it was not asked for and does not work. */
static bool choose_kvm(const struct run_options *options, const char **why)
{
        *why = NULL;
        if (options->accel == ACCEL_TCG)
                return false;
        if (options->accel == ACCEL_AUTO && options->gdb) {
                *why = "for --gdb";
                return false;
        }
        *why = kvm_why_not();
        if (options->accel == ACCEL_KVM && *why != NULL)
                refuse("KVM does not work: %s", *why);
        return *why == NULL;
}

/* ---- Messages ---- */

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');
        return slash != NULL ? slash + 1 : path;
}

static void say_what_runs(const struct run_options *options, const struct qemu_choice *choice, const char *why)
{
        char size[32];
        const bool is_whole = options->memory_kib % 1024 == 0;
        snprintf(size, sizeof(size), "%llu %s", (unsigned long long)options->memory_kib / (is_whole ? 1024 : 1),
                 is_whole ? "MiB" : "KiB");
        if (!options->quiet)
                complain("%s under %s%s%s%s, %s, %s", base_name(options->image), choice->kvm ? "KVM" : "TCG",
                         why != NULL ? " (" : "", why != NULL ? why : "", why != NULL ? ")" : "",
                         qemu_machine_name(options), size);
        if (options->gdb)
                gdb_announce(choice->gdb_port, options->image);
}

static void print_command(const struct list *command, FILE *file)
{
        struct text line = {0};
        for (size_t i = 0; i < command->count; i++) {
                text_add(&line, i != 0 ? " " : "");
                text_add_quoted(&line, command->items[i]);
        }
        fprintf(file, "%s\n", line.bytes);
        text_free(&line);
}

static const char *scheme_of(unsigned port)
{
        static const struct {
                unsigned port;
                const char *scheme;
        } known[] = {{80, "http://"}, {8000, "http://"}, {8080, "http://"}, {443, "https://"}, {8443, "https://"}};
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
                if (known[i].port == port)
                        return known[i].scheme;
        }
        return "";
}

static void say_guest_is_up(void *context, double milliseconds)
{
        const struct run_options *options = context;
        char time[64] = "";
        if (milliseconds >= 0)
                snprintf(time, sizeof(time), "first output after %.0f ms; ", milliseconds);
        for (size_t i = 0; i < options->forward_count && !options->quiet; i++) {
                const struct forward *forward = &options->forwards[i];
                const unsigned char *a = (const unsigned char *)&forward->address;
                char host[16] = "localhost";
                if (a[0] != 127 && a[0] != 0)
                        snprintf(host, sizeof(host), "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
                complain("%s%s:%u (%s%sCtrl-C stops it)", forward->udp ? "udp://" : scheme_of(forward->guest), host,
                         forward->host, i == 0 ? time : "", "");
        }
        if (options->verbose && options->forward_count == 0 && milliseconds >= 0)
                complain("first output %.1f ms after QEMU was started", milliseconds);
}

static void pass_message_on(void *context, const char *line)
{
        (void)context;
        complain("%s", line);
}

/* QEMU's own words, as one line: the last that it said, without its name in front. */
static const char *last_message(struct text *message)
{
        if (message->length == 0)
                return "it gave no reason";
        char *end = message->bytes + message->length;
        while (end > message->bytes && (end[-1] == '\n' || end[-1] == '\r'))
                *--end = '\0';
        const char *first_error = strstr(message->bytes, "error:");
        char *line = strrchr(message->bytes, '\n');
        const char *words = line != NULL ? line + 1 : message->bytes;
        if (first_error != NULL && line != NULL)
                words = first_error;
        static char copy[512];
        if (strncmp(words, QEMU ": ", strlen(QEMU ": ")) == 0)
                words += strlen(QEMU ": ");
        snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(words, "\n"), words);
        return copy;
}

/* ---- The run ---- */

/* QEMU's argv for this choice. Exits when the words of the guest are too many. */
static struct list compose(const struct run_options *options, const struct qemu_choice *choice)
{
        struct text line = {0};
        struct list command = {0};
        size_t excess;
        if (!guest_command_line(options, choice, &line, &excess))
                refuse("the arguments and the environment are %zu bytes too long for a guest's command line", excess);
        qemu_command(options, choice, line.bytes, &command);
        text_free(&line);
        return command;
}

static void run_qemu(const struct run_options *options, struct qemu_choice *choice, struct text *input,
                     struct guest_result *result)
{
        choice->status_file = memfd_create("status", MFD_CLOEXEC);
        if (choice->status_file < 0)
                refuse("cannot make a memory file: %s", strerror(errno));
        struct list command = compose(options, choice);
        if (options->verbose)
                print_command(&command, stderr);
        const struct guest_plan plan = {
                .command = command.items,
                .image = options->image,
                .status_file = choice->status_file,
                .raw = options->raw,
                .may_try_again = choice->kvm && options->accel == ACCEL_AUTO,
                .hooks = {(void *)(uintptr_t)options, say_guest_is_up, pass_message_on},
        };
        guest_run(&plan, input, result);
        close(choice->status_file);
        list_free(&command);
}

static bool kvm_let_us_down(const struct guest_result *result)
{
        const bool failed = !WIFEXITED(result->wait_status) || WEXITSTATUS(result->wait_status) != 0;
        return result->started && !result->has_status && !result->any_output && result->signal == 0 &&
               (result->cannot_run || failed);
}

static int exit_status(const struct run_options *options, const struct qemu_choice *choice, struct guest_result *result)
{
        const int wait_status = result->wait_status;
        if (!result->started) {
                complain("%s does not start: %s", choice->program, strerror(result->start_error));
                return EXIT_USAGE;
        }
        if (result->signal != 0)
                return 128 + result->signal;
        if (result->has_status)
                return result->status;
        if (result->cannot_run) {
                complain("KVM could not go on with the guest (QEMU: %s); try --accel tcg",
                         last_message(&result->message));
                return STATUS_CRASHED;
        }
        if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0) {
                complain("the guest stopped without an exit status: it was reset, or crashed beyond reporting");
                return STATUS_CRASHED;
        }
        /* A guest that knows the exit port only: QEMU's status is twice the guest's, plus one. */
        if (WIFEXITED(wait_status) && result->message.length == 0)
                return WEXITSTATUS(wait_status) >> 1;
        if (WIFSIGNALED(wait_status) && result->message.length == 0)
                complain("QEMU was ended by signal %d (%s)", WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
        else if (strstr(result->message.bytes, "Could not set up host forwarding rule") != NULL)
                complain("a port of -p was taken on this host in the last moment; choose another (QEMU: %s)",
                         last_message(&result->message));
        else
                complain("QEMU %s: %s", result->any_output ? "failed" : "does not start",
                         last_message(&result->message));
        (void)options;
        return EXIT_USAGE;
}

static int boot(const struct run_options *options, struct qemu_choice *choice, const char *why)
{
        struct text input = {0};
        struct guest_result result;
        say_what_runs(options, choice, why);
        run_qemu(options, choice, &input, &result);
        if (choice->kvm && options->accel == ACCEL_AUTO && kvm_let_us_down(&result)) {
                choice->kvm = false;
                if (!options->quiet)
                        complain("KVM does not work for this guest (QEMU: %s); now under TCG",
                                 last_message(&result.message));
                text_free(&result.message);
                input = result.unread;
                run_qemu(options, choice, &input, &result);
        }
        const int status = exit_status(options, choice, &result);
        text_free(&result.message);
        text_free(&result.unread);
        return status;
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
        const bool has_network = check_image(&options);
        struct qemu_choice choice = {.program = find_qemu(), .network = options.net != NET_NONE};
        const char *why;
        choice.kvm = choose_kvm(&options, &why);
        if (options.gdb)
                choice.gdb_port = gdb_choose_port();
        choice.status_file = STDERR_FILENO; /* until there is one */
        struct list command = compose(&options, &choice);
        if (options.print)
                print_command(&command, stdout);
        list_free(&command);
        if (options.print)
                return 0;
        check_ports(&options);
        if (options.net == NET_TAP)
                check_tap(options.tap);
        if (!has_network && options.forward_count != 0 && !options.quiet)
                complain("%s does not use the network: nothing will answer at the ports of -p", options.image);
        const int status = boot(&options, &choice, why);
        run_options_free(&options);
        return status;
}
