/*
 * The socket on which an instance's supervisor listens, `control` in its directory: packets (SOCK_SEQPACKET), the first
 * byte of each saying what it is. Access is what the directory's permissions give.
 */
#ifndef CLI_INSTANCES_CONTROL_H
#define CLI_INSTANCES_CONTROL_H

#include <stddef.h>

/* From clients. */
#define CONTROL_ATTACH    'a' /* from here on the supervisor sends what the guest writes, as it is */
#define CONTROL_INPUT     'i' /* followed by bytes for the guest */
#define CONTROL_INPUT_END 'e' /* the guest's next read finds the end of its input */
#define CONTROL_STOP      's' /* followed by the seconds of grace, in decimal; answered with CONTROL_BUTTON */
#define CONTROL_COUNT     'c' /* answered with "QEMU'S_PROCESS WATCH IN OUT" (traffic.h), or the first alone */

/* Followed by 1 when the guest's power button was pressed, 0 when the machine has none and the guest was ended. The
 * connection is closed when the guest has ended. */
#define CONTROL_BUTTON 'b'

#define CONTROL_PACKET_MAX 4096u

/* Listens in an instance's directory. -1: errno says why. */
int control_listen(int directory);

/* Connects to a supervisor. -1: nobody listens. */
int control_connect(int directory);

#endif
