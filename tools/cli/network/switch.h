/*
 * An Ethernet switch of a user's own: a process that passes frames between sockets in the user's runtime directory. It
 * lives from the first guest to the last, and needs no privilege. One process for each composition; other users cannot
 * reach it.
 */
#ifndef CLI_NETWORK_SWITCH_H
#define CLI_NETWORK_SWITCH_H

/* Starts the switch where it does not run. Returns a descriptor that keeps it. Exits with a message on failure. */
int switch_up(const char *name);

/* A socket (SOCK_SEQPACKET) of which each packet is a frame, or -1 and errno. */
int switch_join(const char *name);

#endif
