/*
 * The raw disk; see disk.h. The file that UEFI reads from the EFI system partition is the one that the boot code in the
 * first sector reads for a BIOS: it is in consecutive sectors, and the boot code knows which.
 *
 * Partitions begin at multiples of 1 MiB, and a disk is whole MiB: clouds ask for the latter.
 */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../files/bytes.h"
#include "../message.h"
#include "fat.h"
#include "gpt.h"
#include "stubs.h"
#include "platform/x86_64/boot/stub.h"

#define MIB     (UINT64_C(1) << 20)
#define ALIGNED (MIB / SECTOR_BYTES)

struct layout {
        struct gpt_partition partitions[2];
        unsigned count;
        uint64_t sectors;
};

static int open_data(const char *path, uint64_t *bytes)
{
        struct stat status;
        const int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0)
                refuse("--data %s: %s", path, strerror(errno));
        if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
                refuse("--data %s is not a file", path);
        if (status.st_size == 0)
                refuse("--data %s is empty", path);
        *bytes = (uint64_t)status.st_size;
        return file;
}

/* Without a size the disk ends with the MiB in which its last partition and the second table fit. */
static struct layout lay_out(uint64_t kernel_bytes, uint64_t data_bytes, const struct image_options *options)
{
        const uint64_t system = fat_sectors(kernel_bytes);
        if (system == 0)
                refuse("%s is too large for a disk: 2 GiB at most", options->image);
        struct layout layout = {.count = 1};
        layout.partitions[0] = (struct gpt_partition){GPT_EFI_SYSTEM, "EFI system partition", ALIGNED, system};
        uint64_t end = ALIGNED + system;
        if (data_bytes != 0) {
                const uint64_t first = round_up(end, ALIGNED);
                layout.partitions[0].sectors = first - ALIGNED;
                layout.partitions[layout.count++] = (struct gpt_partition){
                        GPT_LINUX_DATA, "data", first, round_up(data_bytes, SECTOR_BYTES) / SECTOR_BYTES};
                end = first + layout.partitions[1].sectors;
        }
        layout.sectors = round_up(end + GPT_SECTORS - 1, ALIGNED);
        if (options->bytes != 0 && options->bytes < layout.sectors * SECTOR_BYTES)
                refuse("--size: the disk needs %llu MiB", (unsigned long long)(layout.sectors / ALIGNED));
        if (options->bytes != 0)
                layout.sectors = options->bytes / SECTOR_BYTES;
        else if (data_bytes == 0)
                layout.partitions[0].sectors = layout.sectors - (GPT_SECTORS - 1) - ALIGNED;
        return layout;
}

void disk_make(struct output *output, const struct text *kernel, const struct image_options *options)
{
        uint64_t data_bytes = options->data_bytes;
        const int data = options->data != NULL ? open_data(options->data, &data_bytes) : -1;
        const struct layout layout = lay_out(kernel->length, data_bytes, options);
        const struct gpt_partition *system = &layout.partitions[0];
        const struct digest content = digest_of(kernel->bytes, kernel->length);

        struct text head = {0}, tail = {0}, volume = {0};
        gpt_make(&head, &tail, layout.sectors, layout.partitions, layout.count, &content);
        uint32_t serial;
        memcpy(&serial, content.bytes, sizeof(serial));
        const uint64_t file =
                system->first + fat_make(&volume, system->sectors, (uint32_t)system->first, serial, kernel);
        memcpy(head.bytes, disk_start, DISK_CODE_BYTES);
        put(head.bytes + DISK_FILE_AT, 4, file);
        put(head.bytes + DISK_FILE_AT + 4, 4, kernel->length / SECTOR_BYTES);

        output_resize(output, layout.sectors * SECTOR_BYTES);
        output_write(output, 0, head.bytes, head.length);
        output_write(output, system->first * SECTOR_BYTES, volume.bytes, volume.length);
        if (data >= 0) {
                output_copy(output, layout.partitions[1].first * SECTOR_BYTES, data, options->data);
                close(data);
        }
        output_write(output, layout.sectors * SECTOR_BYTES - tail.length, tail.bytes, tail.length);
        text_free(&head);
        text_free(&tail);
        text_free(&volume);
}
