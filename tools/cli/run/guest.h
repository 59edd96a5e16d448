/* Runs QEMU as a child and passes bytes between it and a terminal, or whoever attends it, until it ends. */
#ifndef CLI_RUN_GUEST_H
#define CLI_RUN_GUEST_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "../text.h"

struct guest; /* one that runs */

struct guest_result {
        bool started; /* QEMU was executed; else start_error is an errno */
        int start_error;
        bool has_status;     /* the guest told its exit status ... */
        int status;          /* ... which is this */
        bool cannot_run;     /* KVM met an instruction or a state that it cannot run */
        bool any_output;     /* the guest wrote something */
        int signal;          /* the signal that made us end the guest, or 0 */
        int wait_status;     /* of QEMU, as waitpid gives it */
        struct text unread;  /* what of our input QEMU had been given; for another try */
        struct text message; /* what QEMU said on its standard error */
};

struct guest_hooks {
        void *context;
        /* The guest's first whole line, or a second without one: (context, milliseconds since QEMU's start or -1). */
        void (*up)(void *context, double milliseconds);
        /* QEMU said a line (no newline), and `held_messages` is not set. */
        void (*message)(void *context, const char *line);
};

/*
 * Stands in for standard input and output, and takes part in the guest's loop. Times are of guest_now_ms. Nothing here
 * may block.
 */
struct guest_attendant {
        void *context;
        /* Fills in what it waits for, at most GUEST_ATTENDED descriptors, and lowers *wake to when it has something to
         * do by the clock. Returns the number of descriptors. */
        size_t (*prepare)(void *context, const struct guest *guest, struct pollfd *polled, double *wake);
        /* After a wait, with the descriptors that prepare filled in. */
        void (*serve)(void *context, struct guest *guest, const struct pollfd *polled, size_t count);
        /* The guest wrote this, and crash reports in it are readable. */
        void (*output)(void *context, const char *bytes, size_t length);
        /* A signal asks us to end. False: end the guest at once. */
        bool (*signal)(void *context, int signal);
};

#define GUEST_ATTENDED 24u

struct guest_plan {
        char *const *command; /* QEMU's argv */
        const char *image;    /* for the names in crash reports */
        const int *inherited; /* descriptors that QEMU gets; the first is a fresh memory file, the status file */
        size_t inherited_count;
        bool raw;           /* put the terminal in raw mode while the guest runs */
        bool may_try_again; /* keep QEMU's messages and our input for another try */
        struct guest_hooks hooks;
        const struct guest_attendant *attendant; /* or NULL: standard input and output */
};

/* `input` is given to the guest first and is emptied. The caller frees the texts of the result. */
void guest_run(const struct guest_plan *plan, struct text *input, struct guest_result *result);

/* For attendants: whether there is room for more input. */
bool guest_takes_input(const struct guest *guest);

/* For attendants: gives the guest input, tells it that one read ends here, ends it as `signal` does. */
void guest_type(struct guest *guest, const char *bytes, size_t length);
void guest_end_input(struct guest *guest);
void guest_end(struct guest *guest, int signal);
pid_t guest_process(const struct guest *guest); /* QEMU's */

/* Milliseconds of the monotonic clock. */
double guest_now_ms(void);

#endif
