/* The file that describes a composition: JSON, docs in coracle-compose(1). */
#ifndef CLI_COMPOSE_FILE_H
#define CLI_COMPOSE_FILE_H

#include <stddef.h>

#include "../network/lan.h"
#include "../text.h"

#define COMPOSED_MAX 200u /* guests */

struct composed {
        char *name;           /* in the file */
        char *instance;       /* COMPOSITION-NAME */
        struct list words;    /* what `coracle run` would take, from "run" on */
        struct lan_port port; /* its place in the network that they share */
};

struct composition {
        char name[LAN_NAME_MAX + 1];
        struct lan lan;
        struct composed *guests;
        size_t count;
};

/*
 * Reads and checks a file, and enters the file's directory, from which the paths in it are meant. Exits with a message
 * that names the place.
 */
void composition_read(struct composition *composition, const char *path);
void composition_free(struct composition *composition);

#endif
