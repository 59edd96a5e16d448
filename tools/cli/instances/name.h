/* The names of guests in the background, which are names of directories too. */
#ifndef CLI_INSTANCES_NAME_H
#define CLI_INSTANCES_NAME_H

#include <stdbool.h>

#define INSTANCE_NAME_MAX 63u

/* Letters, digits and any of _.-, beginning with a letter or digit. */
bool instance_name_is_good(const char *name);

#endif
