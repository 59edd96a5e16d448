/* Runs QEMU as a child and passes bytes between it and the terminal until it ends. */
#ifndef CLI_RUN_GUEST_H
#define CLI_RUN_GUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "../text.h"

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

struct guest_plan {
        char *const *command; /* QEMU's argv */
        const char *image;    /* for the names in crash reports */
        int status_file;      /* inherited by QEMU; a fresh memory file */
        bool raw;             /* put the terminal in raw mode while the guest runs */
        bool may_try_again;   /* keep QEMU's messages and our input for another try */
        struct guest_hooks hooks;
};

/* `input` is given to the guest first and is emptied. The caller frees the texts of the result. */
void guest_run(const struct guest_plan *plan, struct text *input, struct guest_result *result);

#endif
