/* The disks of a guest: --disk FILE[,ro] of every command that has it. */
#ifndef CLI_GUEST_DISK_H
#define CLI_GUEST_DISK_H

#include <stdbool.h>
#include <stddef.h>

#define DISKS_MAX 16u

struct disk {
        char *file; /* as given, without ",ro" */
        bool read_only;
        /* Set by disk_look_at. */
        char *path; /* absolute */
        bool is_block_device;
        bool is_qcow2;
};

struct disks {
        struct disk items[DISKS_MAX];
        size_t count;
};

/* Adds a disk. False: `error`, of ERROR_TEXT bytes, says what is wrong. */
bool option_disk(struct disks *disks, const char *text, char *error);

/* Finds the file and what is in it, by content and not by name. Exits with a message when it cannot be read. */
void disk_look_at(struct disk *disk);

/* Exits with a message when the file is empty, cannot be written though it is to be, or a running guest has it. */
void disk_check_use(const struct disk *disk);

void disks_free(struct disks *disks);

#endif
