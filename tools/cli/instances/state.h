/* What is written down of an instance, and what that and its lock together say of it now. */
#ifndef CLI_INSTANCES_STATE_H
#define CLI_INSTANCES_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../run/options.h"
#include "../text.h"
#include "store.h"

/* How an instance ended. */
#define HOW_EXITED  "exited"  /* by itself */
#define HOW_STOPPED "stopped" /* because it was asked to */
#define HOW_ENDED   "ended"   /* because it did not when it was asked to, or could not be asked */
#define HOW_FAILED  "failed"  /* QEMU or KVM did */

/* The strings and the array belong to `json`. */
struct state {
        json_t *json;
        const char *image;
        const char *accelerator;
        const char *machine;
        const char *network;   /* "user", "tap=NAME", "none" */
        const char *project;   /* of a composition, or "" */
        const char *published; /* as -p takes it, separated by commas */
        const char *how;       /* one of the above, or "" */
        json_int_t memory_kib, supervisor, supervisor_start, status;
        double started, ended; /* seconds since 1970; 0: did not */
};

/* The record of a guest that starts now, with this process as its supervisor. */
json_t *state_new(const struct run_options *options, const char *project);

/* Replaces the record in the instance's directory. False: errno says why. */
bool state_write(int directory, const json_t *state);

/* False: there is none, or it is not whole; *state is then empty, but its strings are there. */
bool state_read(int directory, struct state *state);
void state_free(struct state *state);

/* The process that the state names as the supervisor, if it is still the same one: a pidfd, else -1. */
int state_supervisor(const struct state *state);

/* Ticks since the boot of the host when the process was started; 0: there is none. */
uint64_t process_start_time(pid_t id);

double wall_clock(void);

/* "up 5 min", "exited 0, 3 s ago", ... */
void state_describe(const struct state *state, bool is_running, struct text *text);

#endif
