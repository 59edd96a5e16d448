/* QEMU's firmware configuration device. */
#ifndef CORACLE_FW_CFG_H
#define CORACLE_FW_CFG_H

#include <platform.h>

/* PLATFORM_GIVEN_DATA of platform_given. */
int64_t fw_cfg_given(unsigned index, char name[PLATFORM_GIVEN_NAME], void *buffer, size_t bytes);

/* For tests: forgets what was found, so that the next question looks again. */
void fw_cfg_forget(void);

#endif
