/* What `coracle xl` was asked for. */
#ifndef CLI_XL_OPTIONS_H
#define CLI_XL_OPTIONS_H

#include "../guest/disk.h"
#include "../guest/options.h"

struct xl_options {
        const char *image;
        const char *name; /* NULL: the image's */
        uint64_t memory_kib;
        struct list vifs; /* as xl-network-configuration(5) has them */
        struct disks disks;
        const char *on_crash;
        const char *ip;
        struct list environment;
        struct list append;
        bool verbose;
        bool help;
        char *const *arguments;
        size_t argument_count;
};

/*
 * Parses what follows `coracle xl`; argv[0] is ignored. The options point into argv. False: `error`, of ERROR_TEXT
 * bytes, says in one line what is wrong. Freed by xl_options_free in either case.
 */
bool xl_options_parse(struct xl_options *options, int argc, char *argv[], char *error);
void xl_options_free(struct xl_options *options);

#endif
