/* The options of `coracle image`. */
#ifndef CLI_MAKE_IMAGE_OPTIONS_H
#define CLI_MAKE_IMAGE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "../image/elf.h"

enum image_format {
        FORMAT_RAW,
        FORMAT_QCOW2,
        FORMAT_VMDK,
        FORMAT_VHDX,
        FORMAT_VHD,
        FORMAT_VDI,
        FORMAT_ISO,
        FORMAT_EFI,
        FORMAT_BZIMAGE,
        FORMAT_OCI,
        FORMAT_CONTAINERDISK,
        FORMATS
};

struct image_options {
        const char *image, *output;
        enum image_format format;
        const char *command_line; /* "" when none was given */
        const char *data;         /* a file for the data partition, or NULL */
        uint64_t data_bytes;      /* of an empty data partition; 0: none */
        uint64_t bytes;           /* of the disk; 0: as small as it can be */
        bool help;
};

extern const char *const image_format_names[FORMATS];

/* False: `error` (IMAGE_ERROR bytes) says what is wrong. */
bool image_options_parse(struct image_options *options, int argc, char *argv[], char *error);

#endif
