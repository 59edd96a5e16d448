/* Reads the log of a filter that goes on writing it; see frame_log.h. */
#include "frame_log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* draft-ietf-opsawg-pcap, 4 and 5: in the writer's byte order, which is ours. */
#define PCAP_MAGIC        0xa1b2c3d4u
#define PCAP_HEADER_BYTES 24
#define RECORD_BYTES      16
#define RECORD_CAPTURED   8
#define RECORD_LENGTH     12

#define PAGE       4096
#define BLOCK      65536
#define LENGTH_MAX (1u << 20) /* longer than any frame */

bool frame_log_open(struct frame_log *log)
{
        *log = (struct frame_log){.file = memfd_create("frames", MFD_CLOEXEC)};
        return log->file >= 0;
}

void frame_log_close(struct frame_log *log)
{
        if (log->file >= 0)
                close(log->file);
        log->file = -1;
}

void frame_log_begin(struct frame_log *log)
{
        log->at = 0;
        log->is_broken = ftruncate(log->file, 0) != 0;
}

static uint32_t word_at(const unsigned char *bytes)
{
        uint32_t word;
        memcpy(&word, bytes, sizeof(word));
        return word;
}

/* The size of what is at `bytes`: 0 while it is not whole. */
static size_t take(struct frame_log *log, off_t at, const unsigned char *bytes, size_t length)
{
        if (at == 0) {
                if (length < PCAP_HEADER_BYTES)
                        return 0;
                log->is_broken = word_at(bytes) != PCAP_MAGIC;
                return PCAP_HEADER_BYTES;
        }
        if (length < RECORD_BYTES)
                return 0;
        const uint32_t captured = word_at(bytes + RECORD_CAPTURED), whole = word_at(bytes + RECORD_LENGTH);
        log->is_broken = captured > FRAME_LOG_KEPT || whole > LENGTH_MAX;
        if (length < RECORD_BYTES + captured)
                return 0;
        if (!log->is_broken)
                log->bytes += whole;
        return RECORD_BYTES + captured;
}

void frame_log_read(struct frame_log *log)
{
        static unsigned char block[BLOCK];
        ssize_t count = BLOCK;
        while (count == BLOCK && !log->is_broken) {
                count = pread(log->file, block, BLOCK, log->at);
                size_t done = 0, size = 1;
                while (count > 0 && size != 0 && !log->is_broken) {
                        size = take(log, log->at, block + done, (size_t)count - done);
                        done += size;
                        log->at += (off_t)size;
                }
        }
        if (log->at >= PAGE)
                (void)fallocate(log->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, log->at & ~(off_t)(PAGE - 1));
}
