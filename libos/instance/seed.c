/*
 * Volumes with instance data: NoCloud (label cidata) and OpenStack's config drive (label config-2), ISO 9660 or FAT.
 */
#include "seed.h"

#include <errno.h>
#include <stdlib.h>

#include <coracle/log.h>

#include "cloud/cloud.h"

#define TEXT_MAX   262144u /* bytes of one file */
#define SOURCE_MAX 40u

static char source_name[SOURCE_MAX];
static const struct instance_source source = {INSTANCE_DISK, source_name};

static const char *text_of(int error)
{
        switch (error) {
        case -EISDIR:
                return "it is a directory";
        case -EFBIG:
                return "it is larger than 262144 bytes";
        case -ENOMEM:
                return "there is no memory for it";
        case -EIO:
                return "the disk cannot be read";
        default:
                return "the file system is damaged";
        }
}

/* Reads a file and hands it on. What is not there is not missed. */
static void take(const struct filesystem *filesystem, const char *path,
                 void (*fn)(const struct instance_source *source, const char *text, size_t bytes))
{
        size_t bytes;
        int error;
        char *text = filesystem_load(filesystem, path, TEXT_MAX, &bytes, &error);
        if (text != NULL)
                fn(&source, text, bytes);
        else if (error != -ENOENT)
                log_warning("instance", "%s: %s: %s; it is ignored", source.name, path, text_of(error));
        free(text);
}

/* Whether the file system is one of ours; then all of it has been read. */
static bool take_all(const struct filesystem *filesystem, const char *device)
{
        if (volume_same_name(filesystem->label, "cidata")) {
                format_text(source_name, sizeof(source_name), "NoCloud disk %s", device);
                take(filesystem, "meta-data", cloud_meta_data);
                take(filesystem, "network-config", cloud_network);
                take(filesystem, "user-data", cloud_user_data);
                return true;
        }
        if (volume_same_name(filesystem->label, "config-2")) {
                format_text(source_name, sizeof(source_name), "config drive %s", device);
                take(filesystem, "openstack/latest/meta_data.json", cloud_meta_data);
                take(filesystem, "openstack/latest/network_data.json", cloud_network);
                take(filesystem, "openstack/latest/user_data", cloud_user_data);
                return true;
        }
        return false;
}

bool seed_take(const struct volume *volume, const char *device)
{
        struct filesystem filesystem;
        return (iso_open(&filesystem, volume) && take_all(&filesystem, device)) ||
               (fat_open(&filesystem, volume) && take_all(&filesystem, device));
}
