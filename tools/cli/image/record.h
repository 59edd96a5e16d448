/* The record of a link (linker/members.awk): which object files are in an image, how large, and for whose sake. */
#ifndef CLI_IMAGE_RECORD_H
#define CLI_IMAGE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../text.h"

enum record_size { SIZE_CODE, SIZE_CONSTANTS, SIZE_DATA, SIZE_ZEROED, SIZE_KINDS };

struct record_member {
        const char *library; /* app, nucleus, libcoracle, liblwip, libc, libm, ... */
        const char *name;    /* libos_net_socket.o */
        uint64_t size[SIZE_KINDS];
        const char *symbol;             /* the name it was linked for; NULL: named on the command line */
        const struct record_member *by; /* the member that needed it; NULL: none, or not in the record */
        const char *by_name;            /* its name even then; NULL when `symbol` is */
};

struct record {
        char *text; /* what the strings point into */
        struct record_member *members;
        size_t count;
};

/* Parses the section's text. False: malformed, nothing to free. */
bool record_parse(struct record *record, const void *bytes, size_t size);
void record_free(struct record *record);

/*
 * The part that a member belongs to: "app", "nucleus", "libos/net", "platform/virtio", "liblwip", "libc", ... The text
 * lives in `buffer`.
 */
#define RECORD_PART 64
const char *record_part(const struct record_member *member, char buffer[RECORD_PART]);

/* The member's file as people know it: "libos_net_socket.o" of libcoracle in "libos/net" is "socket". */
void record_add_name(const struct record_member *member, struct text *text);

/* Adds "SYMBOL for NAME, SYMBOL for NAME, ...", up to a file of the program. */
void record_add_chain(const struct record_member *member, struct text *text);

#endif
