/* What an image can do beyond the least, told by the object files that are in it. */
#ifndef CLI_IMAGE_FEATURES_H
#define CLI_IMAGE_FEATURES_H

#include <stdbool.h>
#include <stddef.h>

#include "record.h"

struct feature {
        bool is_driver;
        const char *name;
        const char *prefixes[4]; /* of the members that make it up */
};

extern const struct feature features[];
extern const size_t feature_count;

/* The member through which the feature came in, with the shortest chain to the program; NULL: it is not linked. */
const struct record_member *feature_reason(const struct feature *feature, const struct record *record);

/* Whether the feature of this name is linked. */
bool feature_is_linked(const char *name, const struct record *record);

#endif
