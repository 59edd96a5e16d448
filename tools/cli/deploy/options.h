/* What `coracle libvirt` and `coracle export` are asked for, and what follows from it. */
#ifndef CLI_DEPLOY_OPTIONS_H
#define CLI_DEPLOY_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../guest/disk.h"
#include "../guest/options.h"
#include "../run/forward.h"
#include "../text.h"

#define PUBLISHED_MAX 16u

struct deployment {
        /* As asked for. */
        const char *words[2]; /* what is no option: the target and the image, or the image; NULL where not given */
        char *name;           /* --name, else the image's without .elf */
        uint64_t memory_kib;
        const char *net, *ip, *accelerator, *machine; /* or NULL */
        struct disks disks;
        struct forward published[PUBLISHED_MAX];
        size_t published_count;
        struct list environment, append;
        char *const *arguments;
        size_t argument_count;
        bool help;
        /* Set by deployment_prepare. */
        char *image; /* absolute */
        bool uses_network;
        struct text line; /* the guest's command line */
};

/* The options that both commands have; each adds its own. */
enum {
        DEPLOY_APPEND = 256,
        DEPLOY_IP,
        DEPLOY_NAME,
        DEPLOY_NET,
        DEPLOY_DISK,
        DEPLOY_ACCEL,
        DEPLOY_MACHINE,
};

#define DEPLOY_SHARED_OPTIONS                                                                                          \
        {"memory", required_argument, NULL, 'm'}, {"env", required_argument, NULL, 'e'},                               \
                {"append", required_argument, NULL, DEPLOY_APPEND}, {"ip", required_argument, NULL, DEPLOY_IP},        \
                {"name", required_argument, NULL, DEPLOY_NAME}, {"net", required_argument, NULL, DEPLOY_NET},          \
                {"disk", required_argument, NULL, DEPLOY_DISK},                                                        \
        {                                                                                                              \
                "help", no_argument, NULL, 'h'                                                                         \
        }

/* Parses the command line of `coracle COMMAND` with its options and at most `words` words that are none. Exits with a
 * message when something is wrong. */
void deployment_parse(struct deployment *deployment, const char *command, const struct option *known,
                      const char *letters, size_t words, int argc, char *argv[]);

/* Checks the image and the disks and composes the guest's command line. Exits with a message. */
void deployment_prepare(struct deployment *deployment, const char *image);
void deployment_free(struct deployment *deployment);

/* Memory in MiB, which is how most count it, rounded up. */
uint64_t deployment_mib(const struct deployment *deployment);

#endif
