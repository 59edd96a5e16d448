/* A volume with instance data, as cloud-init calls it: a seed. */
#ifndef CORACLE_INSTANCE_SEED_H
#define CORACLE_INSTANCE_SEED_H

#include "volume/volume.h"

/* Whether the volume is one; then all that it says has been taken. `device` is its name in messages: "vda1". */
bool seed_take(const struct volume *volume, const char *device);

#endif
