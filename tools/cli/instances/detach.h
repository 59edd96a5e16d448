/* A process that goes on by itself, whatever becomes of the command that started it. */
#ifndef CLI_INSTANCES_DETACH_H
#define CLI_INSTANCES_DETACH_H

#include <stddef.h>

/*
 * Leaves the caller's session and terminal and closes all descriptors but the `count` of *kept, whose numbers change,
 * and standard error, which becomes `messages`, or nothing when that is negative. Standard input and output become
 * nothing. Exits with a message on failure.
 */
void detach(int *kept[], size_t count, int messages);

#endif
