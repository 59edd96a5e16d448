/* The disks of a guest; see disk.h. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../message.h"
#include "options.h"

/*
 * Where QEMU puts its locks on a disk image (docs/system/images, "disk image file locking"): a byte for each permission
 * from 100 on, and from 200 on one for each that it does not share with others.
 */
#define LOCKS_START 100
#define LOCKS_BYTES 200

bool option_disk(struct disks *disks, const char *text, char *error)
{
        if (disks->count == DISKS_MAX)
                return option_wrong(error, "--disk was given more than %u times", DISKS_MAX);
        const size_t length = strlen(text);
        const bool read_only = length >= 3 && strcmp(text + length - 3, ",ro") == 0;
        char *file = strndup(text, read_only ? length - 3 : length);
        if (file == NULL || file[0] == '\0') {
                free(file);
                return option_wrong(error,
                                    "--disk needs a file; write for example --disk disk.img or --disk disk.img,ro");
        }
        disks->items[disks->count++] = (struct disk){.file = file, .read_only = read_only};
        return true;
}

void disk_look_at(struct disk *disk)
{
        static const unsigned char qcow2[] = {'Q', 'F', 'I', 0xfb};
        unsigned char start[sizeof(qcow2)];
        struct stat status;
        disk->path = realpath(disk->file, NULL);
        const int file = disk->path != NULL ? open(disk->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
        if (file < 0 && errno == ENOENT)
                refuse("--disk %s: No such file; make one: truncate -s 1G %s", disk->file, disk->file);
        if (file < 0 || fstat(file, &status) != 0)
                refuse("--disk %s: %s", disk->file, strerror(errno));
        if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
                refuse("--disk %s is neither a file nor a block device", disk->file);
        disk->is_block_device = S_ISBLK(status.st_mode);
        disk->is_qcow2 = pread(file, start, sizeof(start), 0) == (ssize_t)sizeof(start) &&
                         memcmp(start, qcow2, sizeof(start)) == 0;
        close(file);
}

void disk_check_use(const struct disk *disk)
{
        const int file = open(disk->path, (disk->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
        if (file < 0 && (errno == EACCES || errno == EROFS || errno == EPERM))
                refuse("--disk %s may not be written here; write --disk %s,ro to give it to the guest read-only",
                       disk->file, disk->file);
        if (file < 0)
                refuse("--disk %s: %s", disk->file, strerror(errno));
        if (!disk->is_block_device && lseek(file, 0, SEEK_END) == 0)
                refuse("--disk %s is empty; give it a size: truncate -s 1G %s", disk->file, disk->file);
        /* Of what a reader wants, only that somebody writes is in its way: QEMU looks at that itself. */
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCKS_START, .l_len = LOCKS_BYTES};
        if (!disk->read_only && fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
                refuse("--disk %s is in use by another guest; stop it first, or give both of them %s,ro", disk->file,
                       disk->file);
        close(file);
}

void disks_free(struct disks *disks)
{
        for (size_t i = 0; i < disks->count; i++) {
                free(disks->items[i].file);
                free(disks->items[i].path);
        }
        disks->count = 0;
}
