/* The files that are served: a cache of what a request's target names in the image's read-only tree. */
#ifndef HTTPD_FILES_H
#define HTTPD_FILES_H

#include <stddef.h>

#include "request.h"

#define FILE_TAG_MAX 24

struct served_file {
        const char *data; /* the image's own memory; never freed */
        size_t bytes;
        const char *type;       /* media type */
        char tag[FILE_TAG_MAX]; /* entity tag, quotes included; a hash of the contents */
};

/*
 * Decodes a request target into a path below the root: percent-decoding, without the query, dot segments refused,
 * "/" at the end becomes "/index.html". Returns 0, or 400 for what is malformed or leaves the root.
 */
int files_decode_target(struct text target, char *path, size_t bytes);

/*
 * Finds the file at `path` below `root`. Returns 200, 404, 301 (a directory that was named without its "/"), or 500
 * (it exists but could not be mapped). *file stays valid until the next call, its data for ever.
 */
int files_find(const char *root, const char *path, const struct served_file **file);

#endif
