/* A raw disk in other hypervisors' formats, by qemu-img; the same input gives the same bytes. */
#ifndef CLI_MAKE_IMAGE_CONVERT_H
#define CLI_MAKE_IMAGE_CONVERT_H

#include "../files/digest.h"
#include "../files/output.h"
#include "options.h"

/*
 * Writes the raw disk in `raw`, a file, to `output` in the format. Identifiers that qemu-img makes at random become
 * ones that come from `content`. Ends the command with a message when it cannot.
 */
void convert(struct output *output, const char *raw, enum image_format format, const struct digest *content);

#endif
