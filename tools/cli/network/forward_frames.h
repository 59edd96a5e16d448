/* A learning switch (IEEE 802.1D, 7.7 and 7.8, without spanning tree) between sockets of which each packet is a frame.
 */
#ifndef CLI_NETWORK_FORWARD_FRAMES_H
#define CLI_NETWORK_FORWARD_FRAMES_H

#include <stdbool.h>

/* Accepts connections at the listener and passes frames between them until the last has gone. */
void forward_frames(int listener);

/* Does somebody wait to be accepted? */
bool forward_frames_is_wanted(int listener);

#endif
