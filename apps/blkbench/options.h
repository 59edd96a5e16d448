/* What blkbench was asked for. */
#ifndef BLKBENCH_OPTIONS_H
#define BLKBENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
        const char *device;
        bool read, write; /* both: writes, then reads */
        bool verify;      /* what is read must be the pattern */
        bool random;      /* blocks in random order, else one after the other */
        uint64_t size;    /* bytes from the start to use; 0: the whole device */
        uint32_t block;   /* bytes of a request */
        unsigned depth;   /* requests at a time */
        unsigned seconds; /* for how long; 0: until every block was there once */
        uint64_t seed;    /* of the pattern and of the order */
};

#define DEPTH_MAX 256u

/* Ends the program with a message and status 2 when the words make no sense. */
void options_parse(struct options *options, int argc, char **argv);

#endif
