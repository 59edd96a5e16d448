/* For tests of fw_cfg.c, whose function is in platform.h. */
#ifndef CORACLE_FW_CFG_H
#define CORACLE_FW_CFG_H

/* Forgets what was found, so that the next question looks again. */
void fw_cfg_forget(void);

#endif
