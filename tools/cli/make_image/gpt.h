/* A GUID partition table with its protective MBR (UEFI 2.10, section 5). */
#ifndef CLI_MAKE_IMAGE_GPT_H
#define CLI_MAKE_IMAGE_GPT_H

#include "../files/digest.h"

#define SECTOR_BYTES  512u
#define GPT_SECTORS   34u /* at the start of the disk: MBR, header, 128 entries; at the end one less */
#define GPT_LABEL_MAX 36u

enum gpt_type { GPT_EFI_SYSTEM, GPT_LINUX_DATA };

struct gpt_partition {
        enum gpt_type type;
        const char *label; /* ASCII, at most GPT_LABEL_MAX letters */
        uint64_t first, sectors;
};

/*
 * Adds to `head` what belongs on the first GPT_SECTORS sectors of a disk of `sectors` sectors, and to `tail` what
 * belongs on the last GPT_SECTORS - 1. The MBR's boot code stays zero. GUIDs come from `content`.
 */
void gpt_make(struct text *head, struct text *tail, uint64_t sectors, const struct gpt_partition *partitions,
              unsigned count, const struct digest *content);

#endif
