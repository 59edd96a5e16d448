/* OCI image layouts (opencontainers/image-spec 1.0): a directory that skopeo, umoci and podman take. */
#ifndef CLI_MAKE_IMAGE_OCI_H
#define CLI_MAKE_IMAGE_OCI_H

#include "../image/elf.h"

struct oci_content {
        const char *title;        /* of the image: the program's name */
        const char *command_line; /* a label */
        const char *file;         /* to copy into the one layer */
        const char *name;         /* where it is there: "boot/coracle.elf"; one directory deep */
        unsigned owner;           /* user and group */
};

/* Makes the directory `path`, which must not exist. Ends the command with a message when it cannot. */
void oci_make(const char *path, const struct oci_content *content);

#endif
