/* A domain's configuration, as xl.cfg(5) describes it. */
#ifndef CLI_XL_CONFIG_H
#define CLI_XL_CONFIG_H

#include "options.h"

/* Adds `string` between double quotes as xl's parser reads it back, whatever bytes it has. */
void xl_add_string(struct text *config, const char *string);

/*
 * Adds the configuration. kernel: the image's absolute path; disk_look_at has seen the disks. False: the guest's
 * command line is longer than a guest takes; *excess says by how many bytes.
 */
bool xl_add_config(struct text *config, const struct xl_options *options, const char *kernel, size_t *excess);

#endif
