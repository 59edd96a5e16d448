/* Boots and tells how it ended; see boot.h. */
#include "boot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../message.h"
#include "accel.h"

/* The guest ended as programs do that crash: it was reset, or its hypervisor could not go on. */
#define STATUS_CRASHED 134

void boot_print_command(const struct list *command, FILE *file)
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

/* Somebody attends the guest who sees for himself when it is up. */
static void no_news(void *context, double milliseconds)
{
        (void)context;
        (void)milliseconds;
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
        if (strncmp(words, QEMU_NAME ": ", strlen(QEMU_NAME ": ")) == 0)
                words += strlen(QEMU_NAME ": ");
        snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(words, "\n"), words);
        return copy;
}

/* QEMU's argv for this choice; see boot.h. */
struct list boot_command(const struct run_options *options, const struct qemu_choice *choice)
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

static void run_qemu(const struct run_options *options, struct qemu_choice *choice,
                     const struct boot_attendant *attendant, struct text *input, struct guest_result *result)
{
        choice->status_file = memfd_create("status", MFD_CLOEXEC);
        if (choice->status_file < 0)
                refuse("cannot make a memory file: %s", strerror(errno));
        if (attendant != NULL)
                attendant->begin(attendant->guest.context, choice);
        struct list command = boot_command(options, choice);
        if (options->verbose)
                boot_print_command(&command, stderr);
        int inherited[3] = {choice->status_file};
        size_t inherited_count = 1;
        if (choice->qmp >= 0)
                inherited[inherited_count++] = choice->qmp;
        if (choice->lan >= 0)
                inherited[inherited_count++] = choice->lan;
        struct guest_plan plan = {
                .command = command.items,
                .image = options->image,
                .inherited = inherited,
                .inherited_count = inherited_count,
                .raw = options->raw,
                .may_try_again = choice->kvm && options->accel == ACCEL_AUTO,
                .hooks = {(void *)(uintptr_t)options, say_guest_is_up, pass_message_on},
        };
        if (attendant != NULL) {
                plan.hooks = (struct guest_hooks){attendant->guest.context, no_news, attendant->message};
                plan.attendant = &attendant->guest;
        }
        guest_run(&plan, input, result);
        for (size_t i = 0; i < inherited_count; i++)
                close(inherited[i]);
        choice->qmp = choice->lan = -1;
        list_free(&command);
}

static bool kvm_let_us_down(const struct guest_result *result)
{
        const bool failed = !WIFEXITED(result->wait_status) || WEXITSTATUS(result->wait_status) != 0;
        return result->started && !result->has_status && !result->any_output && result->signal == 0 &&
               (result->cannot_run || failed);
}

/* QEMU was neither asked to end by us nor by the guest. */
static void say_why_qemu_ended(const struct qemu_choice *choice, struct guest_result *result)
{
        const int wait_status = result->wait_status;
        const char *why = choice->kvm && !result->any_output ? kvm_why_not(true) : NULL;
        if (why != NULL)
                complain("KVM does not work: %s", why);
        else if (WIFSIGNALED(wait_status) && result->message.length == 0)
                complain("QEMU was ended by signal %d (%s)", WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
        else if (result->message.length != 0 &&
                 strstr(result->message.bytes, "Could not set up host forwarding rule") != NULL)
                complain("a port of -p was taken on this host in the last moment; choose another (QEMU: %s)",
                         last_message(&result->message));
        else if (result->message.length != 0 && strstr(result->message.bytes, "Failed to get") != NULL &&
                 strstr(result->message.bytes, "lock") != NULL)
                complain("a disk is in use by another guest; stop it first, or give both of them FILE,ro (QEMU: %s)",
                         last_message(&result->message));
        else
                complain("QEMU %s: %s", result->any_output ? "failed" : "does not start",
                         last_message(&result->message));
}

static int exit_status(const struct qemu_choice *choice, struct guest_result *result, bool *failed)
{
        *failed = true;
        const int wait_status = result->wait_status;
        if (!result->started) {
                complain("%s does not start: %s", choice->program, strerror(result->start_error));
                return EXIT_USAGE;
        }
        *failed = result->cannot_run;
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
        *failed = true;
        say_why_qemu_ended(choice, result);
        return EXIT_USAGE;
}

struct boot_end boot(const struct run_options *options, struct qemu_choice *choice,
                     const struct boot_attendant *attendant)
{
        struct text input = {0};
        struct guest_result result;
        run_qemu(options, choice, attendant, &input, &result);
        if (choice->kvm && options->accel == ACCEL_AUTO && kvm_let_us_down(&result)) {
                choice->kvm = false;
                if (!options->quiet)
                        complain("KVM does not work for this guest (QEMU: %s); now under TCG",
                                 last_message(&result.message));
                text_free(&result.message);
                input = result.unread;
                run_qemu(options, choice, attendant, &input, &result);
        }
        struct boot_end end = {.signal = result.signal};
        end.status = exit_status(choice, &result, &end.failed);
        text_free(&result.message);
        text_free(&result.unread);
        return end;
}
