/* What the supervisor asks of QEMU: whether it is up, the power button, and to write down the network's frames. */
#ifndef CLI_INSTANCES_MONITOR_H
#define CLI_INSTANCES_MONITOR_H

#include <stdbool.h>

#include "qmp.h"

struct monitor {
        struct qmp qmp;
        bool is_up;          /* QEMU has done all that can fail and runs the guest */
        unsigned unanswered; /* requests about filters */
        bool is_refused;     /* a filter was asked for that is not there; until all are removed */
};

/* Connects; *theirs is for QEMU. False: errno says why. */
bool monitor_open(struct monitor *monitor, int *theirs);
void monitor_close(struct monitor *monitor);

/* Takes in what QEMU said. */
void monitor_serve(struct monitor *monitor);

void monitor_press_button(struct monitor *monitor);

/*
 * From here on QEMU writes the frames of a queue ("rx", "tx") of a -netdev to a file, `kept` bytes of each at most. It
 * does so, or `is_refused`, when `unanswered` is 0 again, which it is at once when there is nobody to ask.
 */
void monitor_add_filter(struct monitor *monitor, const char *netdev, const char *queue, const char *file,
                        unsigned kept);
void monitor_remove_filter(struct monitor *monitor, const char *netdev, const char *queue);

#endif
