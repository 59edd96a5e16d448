/*
 * The read-only file tree that an image carries, as tools/pack lays it out: a table of entries sorted by path, then
 * the paths, then the contents, each on pages of its own and zero up to the page's end, so that mmap needs no copy.
 *
 * Everything is an offset from the table, so that a carried tree costs no relocation at boot. The first entry is the
 * root directory with the empty path; directories have entries, "." and ".." do not; a parent comes before what it
 * holds. Bytewise order: '/' sorts as what it is, so what a directory holds is contiguous only under its "path/".
 */
#ifndef CORACLE_CARRIED_H
#define CORACLE_CARRIED_H

#include <stdint.h>

struct carried_entry {
        uint64_t data;     /* offset of the contents, a multiple of the page size when the table is (it is) */
        uint64_t size;     /* bytes; 0 for a directory */
        int64_t modified;  /* seconds since 1970 */
        uint32_t path;     /* offset of the NUL-terminated path, without a leading slash: "www/index.html" */
        uint16_t mode;     /* S_IFREG or S_IFDIR, and the permission bits without the writable ones */
        uint16_t reserved; /* 0 */
};

struct carried_tree {
        uint32_t count; /* at least 1, the root */
        uint32_t reserved;
        struct carried_entry entry[];
};

/* NULL when the image carries no files. */
extern const struct carried_tree coracle_carried_tree __attribute__((weak));

#endif
