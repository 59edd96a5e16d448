/*
 * What QEMU's filter-dump writes down of the frames that pass it, in memory: a pcap file
 * (draft-ietf-opsawg-pcap, 4 and 5) of which only the frames' lengths are wanted.
 */
#ifndef CLI_TRAFFIC_FRAME_LOG_H
#define CLI_TRAFFIC_FRAME_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Of each frame so many bytes are kept: the fewest that QEMU takes. */
#define FRAME_LOG_KEPT 1u

struct frame_log {
        int file;       /* -1: closed */
        off_t at;       /* how far it has been read */
        uint64_t bytes; /* of all frames so far, over all begins */
        bool is_broken; /* it is not what it should be; until the next begin */
};

/* Makes the file. False: errno says why. */
bool frame_log_open(struct frame_log *log);
void frame_log_close(struct frame_log *log);

/* Empties the file for a filter that begins. */
void frame_log_begin(struct frame_log *log);

/* Takes in what is whole of what was written, and gives its memory back. */
void frame_log_read(struct frame_log *log);

#endif
