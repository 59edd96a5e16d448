/*
 * The inside of a socket: what TCP, UDP, raw and local sockets share.
 *
 * Everything is under the network core lock unless it says otherwise. Readiness is kept in `ready`, so that poll and
 * epoll ask without a lock. lwIP's callbacks note changes with socket_changed; the end of the batch recomputes `ready`,
 * wakes those who sleep in socket_wait and tells the pollers, once, however many packets came.
 */
#ifndef CORACLE_NET_SOCKET_H
#define CORACLE_NET_SOCKET_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <coracle/file.h>
#include <coracle/sched.h>

#include "../network.h"
#include "lwip/err.h"
#include "lwip/ip_addr.h"

struct socket;
struct pbuf;

/* One send or receive. `flags` is MSG_* in; a receive adds MSG_TRUNC to flags_out. */
struct message {
        const struct iovec *vector;
        int count;
        size_t bytes; /* of all the pieces */
        int flags;
        int flags_out;
        struct sockaddr *name; /* destination (NULL: the connected peer), or where to put the source (may be NULL) */
        socklen_t name_bytes;  /* in: room or length; out: the source's length */
};

/* How a kind of socket does its part. Core lock held; may sleep through socket_wait. Negative errno on failure. */
struct socket_operations {
        int (*bind)(struct socket *socket, const ip_addr_t *address, uint16_t port);
        int (*listen)(struct socket *socket, int backlog);
        int (*accept)(struct socket *socket, struct socket **accepted, bool block);
        int (*connect)(struct socket *socket, const ip_addr_t *address, uint16_t port, bool block);
        int (*disconnect)(struct socket *socket);
        int (*shutdown)(struct socket *socket, bool receive, bool send);
        int (*name)(struct socket *socket, bool peer, ip_addr_t *address, uint16_t *port);
        ssize_t (*send)(struct socket *socket, struct message *message, bool block);
        ssize_t (*receive)(struct socket *socket, struct message *message, bool block);
        short (*ready)(const struct socket *socket);
        size_t (*available)(const struct socket *socket); /* bytes a receive would give now (FIONREAD) */
        int (*set_option)(struct socket *socket, int level, int name, int value);  /* -ENOPROTOOPT: not mine */
        int (*get_option)(struct socket *socket, int level, int name, int *value); /* -ENOPROTOOPT: not mine */
        void (*options_changed)(struct socket *socket); /* carries the common options to lwIP's control block */
        void (*close)(struct socket *socket);           /* frees the socket */
};

struct socket {
        struct file file;
        const struct socket_operations *operations;
        int family, type, protocol;

        atomic_short ready; /* POLLIN, ...; written under the core lock */
        short arrived;      /* events since the last batch ended, to tell the pollers again */
        struct network_deferred changed;
        struct poll_source pollers;

        struct spinlock wait_lock;
        struct wait_queue waiters; /* under wait_lock */
        unsigned changes;          /* under wait_lock: how often waiters were woken */
        unsigned sleepers;         /* under the core lock */

        int error;                              /* for SO_ERROR: what went wrong in the background, 0 or an errno */
        uint64_t receive_timeout, send_timeout; /* nanoseconds, 0: none */
        uint32_t receive_buffer, send_buffer;   /* bytes; 0: the default */
        struct linger linger;
        bool v6only, broadcast, reuse_address, keepalive;
        uint8_t ttl, tos; /* 0: the default */
};

/* ---- socket.c ---- */
/* A zeroed structure of `bytes` that begins with a struct socket, set up; NULL without memory. */
struct socket *socket_new(size_t bytes, const struct socket_operations *operations, int family, int type, int protocol);
void socket_free(struct socket *socket);

/* Creates one kind; -EPROTONOSUPPORT and the like, or -ENOBUFS. */
int tcp_socket_new(struct socket **socket, int family, int protocol);
int udp_socket_new(struct socket **socket, int family, int protocol);
int raw_socket_new(struct socket **socket, int family, int type, int protocol);

/* ---- wait.c ---- */
/* From lwIP's callbacks and operations: `events` may newly hold (0: recompute only). */
void socket_changed(struct socket *socket, short events);
/* Recomputes `ready` at once. */
void socket_refresh(struct socket *socket);
/*
 * Sleeps until the socket changes or `deadline` passes: processes waiting packets first and returns at once if there
 * were any. The core lock is released meanwhile. Returns 0 (look again), -EAGAIN: the deadline
 * passed, -EINTR: a signal came.
 */
int socket_wait(struct socket *socket, uint64_t deadline);

/* The same for a call that may not block: -EAGAIN at once. */
static inline int socket_wait_if(bool block, struct socket *socket, uint64_t deadline)
{
        return block ? socket_wait(socket, deadline) : -EAGAIN;
}
/* The deadline of a call that starts now and may take `timeout` nanoseconds (0: for ever). */
uint64_t socket_deadline(uint64_t timeout);
/* The pending error as a negative errno, cleared; 0 when there is none. */
int socket_take_error(struct socket *socket);

/* ---- address.c ---- */
/* lwIP's errors as negative errno. */
int error_from_lwip(err_t error);
/* A caller's address for a socket of this family; v4-mapped addresses become IPv4. -EINVAL, -EAFNOSUPPORT. */
int address_from_user(const struct socket *socket, const struct sockaddr *user, socklen_t bytes, ip_addr_t *address,
                      uint16_t *port);
/* Fills in what fits of the address as the socket's family shows it; *bytes becomes its true length. */
void address_to_user(const struct socket *socket, const ip_addr_t *address, uint16_t port, struct sockaddr *user,
                     socklen_t *bytes);
/* The address lwIP binds to: the family's wildcard becomes lwIP's any-version one for a dual-stack socket. */
void address_for_bind(const struct socket *socket, ip_addr_t *address);
/* Whether it is an address of this guest. */
bool address_is_local(const ip_addr_t *address);
/* The type of control block a socket needs (IPADDR_TYPE_V4, _V6, _ANY). */
uint8_t address_type(const struct socket *socket);

/* ---- copy.c ---- */
struct vector_cursor {
        const struct iovec *piece;
        int left;
        size_t offset; /* into the piece */
};
void cursor_start(struct vector_cursor *cursor, const struct iovec *vector, int count);
/* The next contiguous part, at most `most` bytes; 0 at the end. */
size_t cursor_take(struct vector_cursor *cursor, size_t most, void **part);
void cursor_write(struct vector_cursor *cursor, const void *data, size_t bytes);
void cursor_read(struct vector_cursor *cursor, void *data, size_t bytes);
/* Copies `bytes` of a pbuf chain from `offset` to the cursor. */
void cursor_write_pbuf(struct vector_cursor *cursor, const struct pbuf *pbuf, size_t offset, size_t bytes);

#endif
