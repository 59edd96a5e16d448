/* What the files of POSIX calls share. No lock held on entry. */
#ifndef CORACLE_NET_CALLS_H
#define CORACLE_NET_CALLS_H

#include "socket.h"

/* The socket behind a descriptor, with a reference to be put; else NULL and *error. */
struct socket *socket_lookup(int descriptor, int *error);
/* Gives it a descriptor, or frees it. type_flags: SOCK_NONBLOCK. Returns the descriptor or -EMFILE. */
int socket_install(struct socket *socket, int type_flags);
/* A negative errno becomes errno and -1. */
int socket_result(int result);
bool socket_is_tcp(const struct file *file);
bool socket_blocks(const struct socket *socket, int message_flags);

/* message.c */
size_t vector_bytes(const struct iovec *vector, int count);
ssize_t socket_send(struct socket *socket, struct message *message);
ssize_t socket_receive(struct socket *socket, struct message *message);

#endif
