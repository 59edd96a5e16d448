/* Writes ustar headers; see tar.h. */
#include "tar.h"

#include <stdio.h>
#include <string.h>

#include "bytes.h"

#define BLOCK     512u
#define NAME      100u
#define BYTES_MAX (UINT64_C(1) << 33) /* 11 octal digits */

enum { MODE = 100, OWNER = 108, GROUP = 116, BYTES = 124, TIME = 136, CHECKSUM = 148, TYPE = 156, MAGIC = 257 };

bool tar_add_header(struct text *archive, const char *name, bool is_directory, uint64_t bytes, unsigned owner)
{
        char block[BLOCK] = {0};
        if (strlen(name) > NAME || bytes >= BYTES_MAX)
                return false;
        memcpy(block, name, strlen(name));
        snprintf(block + MODE, 8, "%07o", is_directory ? 0755u : 0444u);
        snprintf(block + OWNER, 8, "%07o", owner & 07777777u);
        snprintf(block + GROUP, 8, "%07o", owner & 07777777u);
        snprintf(block + BYTES, 12, "%011llo", (unsigned long long)bytes);
        snprintf(block + TIME, 12, "%011o", 0u);
        block[TYPE] = is_directory ? '5' : '0';
        memcpy(block + MAGIC, "ustar\00000", 8);
        memset(block + CHECKSUM, ' ', 8);
        unsigned sum = 0;
        for (unsigned i = 0; i < BLOCK; i++)
                sum += (unsigned char)block[i];
        snprintf(block + CHECKSUM, 7, "%06o", sum);
        text_add_bytes(archive, block, BLOCK);
        return true;
}

void tar_add_end(struct text *archive, uint64_t bytes)
{
        pad(archive, archive->length + (size_t)(round_up(bytes, BLOCK) - bytes) + 2 * (size_t)BLOCK);
}
