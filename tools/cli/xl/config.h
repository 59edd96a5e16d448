/* A domain's configuration, as xl.cfg(5) describes it. */
#ifndef CLI_XL_CONFIG_H
#define CLI_XL_CONFIG_H

#include "options.h"

/* What a disk's file turned out to be. */
struct xl_target {
        char *path; /* absolute */
        bool is_qcow2;
};

/* Adds `string` between double quotes as xl's parser reads it back, whatever bytes it has. */
void xl_add_string(struct text *config, const char *string);

/*
 * Adds the configuration. kernel: the image's absolute path; targets: one for each of options->disks. False: the
 * guest's command line is longer than a guest takes; *excess says by how many bytes.
 */
bool xl_add_config(struct text *config, const struct xl_options *options, const char *kernel,
                   const struct xl_target *targets, size_t *excess);

#endif
