/* What the supervisor asks of QEMU: whether it is up, the power button, and how many packets the guest's network moved.
 */
#ifndef CLI_INSTANCES_MONITOR_H
#define CLI_INSTANCES_MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qmp.h"

#define MONITOR_DEVICES 6u

struct monitor_device {
        char path[128];   /* in QEMU's tree of objects */
        uint16_t used[2]; /* buffers used of the receive and of the transmit queue, when last asked, modulo 2^16 */
};

struct monitor {
        struct qmp qmp;
        bool is_up;          /* QEMU has done all that can fail and runs the guest */
        bool is_counted;     /* packets[] was asked for at least once and QEMU can tell */
        unsigned unanswered; /* questions for counts */
        struct monitor_device devices[MONITOR_DEVICES];
        size_t device_count;
        uint64_t packets[2]; /* in, out; falls behind when it is asked for less than every 65,536 packets */
};

/* Connects; *theirs is for QEMU. False: errno says why. */
bool monitor_open(struct monitor *monitor, int *theirs);
void monitor_close(struct monitor *monitor);

/* Takes in what QEMU said. */
void monitor_serve(struct monitor *monitor);

void monitor_press_button(struct monitor *monitor);

/* Asks for the packets; they are there when `unanswered` is 0 again, which it is at once when there is nobody to ask.
 */
void monitor_count(struct monitor *monitor);

#endif
