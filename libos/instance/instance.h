/* The sources of instance data, as start.c asks them. Each says what it found by the functions of values.h. */
#ifndef CORACLE_INSTANCE_INSTANCE_H
#define CORACLE_INSTANCE_INSTANCE_H

#include "values.h"

void instance_fw_cfg(void);   /* given.c */
void instance_disk(void);     /* disk.c */
void instance_metadata(void); /* metadata/service.c; calls instance_apply itself */

/* Lets what the sources have said so far take effect. May be called again when there is more. */
void instance_apply(void);

#endif
