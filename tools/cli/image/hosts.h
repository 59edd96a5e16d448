/* The hypervisors that an image runs on, told by its entry and by the drivers that are in it. */
#ifndef CLI_IMAGE_HOSTS_H
#define CLI_IMAGE_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "record.h"

enum host_device { HOST_CONSOLE, HOST_NETWORK, HOST_DISK, HOST_DEVICES };

extern const char *const host_device_names[HOST_DEVICES];

struct host_way {
        const char *name;        /* for people: "virtio-net over PCI" */
        const char *features[2]; /* of features.h, all of which it takes; the second may be NULL */
};

struct host {
        const char *name;
        const char *feature; /* without which nothing starts there; NULL: the PVH entry does */
        const struct host_way
                *devices[HOST_DEVICES]; /* ended by a way without a name; the first that is linked counts */
};

extern const struct host hosts[];
extern const size_t host_count;

/* Whether the image starts on this hypervisor. */
bool host_starts(const struct host *host, const struct record *record);

/* Whether the program uses such a device. */
bool host_device_is_used(enum host_device device, const struct record *record);

/* How the image drives such a device there; NULL: it has no driver for it. */
const char *host_device_way(const struct host *host, enum host_device device, const struct record *record);

#endif
