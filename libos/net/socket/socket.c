/* The descriptor edge of sockets: from descriptors and struct file to struct socket, and the core lock around each
 * call. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <coracle/init.h>

#include "calls.h"

static ssize_t file_read(struct file *file, const struct iovec *vector, int count, off_t at)
{
        if (at != FILE_AT_OFFSET)
                return -ESPIPE;
        struct message message = {.vector = vector, .count = count, .bytes = vector_bytes(vector, count)};
        return socket_receive((struct socket *)(void *)file, &message);
}

static ssize_t file_write(struct file *file, const struct iovec *vector, int count, off_t at)
{
        if (at != FILE_AT_OFFSET)
                return -ESPIPE;
        struct message message = {.vector = vector, .count = count, .bytes = vector_bytes(vector, count)};
        return socket_send((struct socket *)(void *)file, &message);
}

static int file_control(struct file *file, unsigned long request, void *argument)
{
        struct socket *socket = (struct socket *)(void *)file;
        if (request == FIONREAD) {
                network_enter();
                *(int *)argument = (int)socket->operations->available(socket);
                network_leave();
                return 0;
        }
        if (request == FIONBIO) {
                if (*(const int *)argument)
                        atomic_fetch_or(&file->flags, O_NONBLOCK);
                else
                        atomic_fetch_and(&file->flags, ~O_NONBLOCK);
                return 0;
        }
        return -ENOTTY;
}

static int file_stat(struct file *file, struct stat *status)
{
        (void)file;
        memset(status, 0, sizeof(*status));
        status->st_mode = S_IFSOCK | 0777;
        status->st_nlink = 1;
        status->st_blksize = 4096;
        return 0;
}

static short file_poll(struct file *file)
{
        return atomic_load_explicit(&((struct socket *)(void *)file)->ready, memory_order_acquire);
}

static struct poll_source *file_poll_source(struct file *file)
{
        return &((struct socket *)(void *)file)->pollers;
}

static void file_close(struct file *file)
{
        struct socket *socket = (struct socket *)(void *)file;
        network_enter();
        socket->operations->close(socket);
        network_leave();
}

static const struct file_operations socket_file_operations = {
        .kind = "socket",
        .read = file_read,
        .write = file_write,
        .stat = file_stat,
        .control = file_control,
        .poll = file_poll,
        .poll_source = file_poll_source,
        .close = file_close,
};

struct socket *socket_new(size_t bytes, const struct socket_operations *operations, int family, int type, int protocol)
{
        struct socket *socket = network_heap_calloc(1, bytes);
        if (socket == NULL)
                return NULL;
        file_init(&socket->file, &socket_file_operations, O_RDWR);
        socket->operations = operations;
        socket->family = family;
        socket->type = type;
        socket->protocol = protocol;
        poll_source_init(&socket->pollers);
        wait_queue_init(&socket->waiters);
        return socket;
}

void socket_free(struct socket *socket)
{
        network_defer_cancel(&socket->changed);
        network_heap_free(socket);
}

struct socket *socket_lookup(int descriptor, int *error)
{
        struct file *file = file_lookup(descriptor);
        if (file == NULL) {
                *error = -EBADF;
                return NULL;
        }
        if (file->operations != &socket_file_operations) {
                file_put(file);
                *error = -ENOTSOCK;
                return NULL;
        }
        return (struct socket *)(void *)file;
}

bool socket_is_tcp(const struct file *file)
{
        const struct socket *socket = (const struct socket *)(const void *)file;
        return file->operations == &socket_file_operations && socket->protocol == IPPROTO_TCP;
}

int socket_install(struct socket *socket, int type_flags)
{
        if (type_flags & SOCK_NONBLOCK)
                atomic_fetch_or(&socket->file.flags, O_NONBLOCK);
        int descriptor = file_install(&socket->file, 0);
        if (descriptor < 0)
                file_put(&socket->file);
        return descriptor;
}

int socket_result(int result)
{
        if (result >= 0)
                return result;
        errno = -result;
        return -1;
}

static int create(struct socket **socket, int domain, int type, int protocol)
{
        if (domain != AF_INET && domain != AF_INET6)
                return -EAFNOSUPPORT;
        switch (type) {
        case SOCK_STREAM:
                return tcp_socket_new(socket, domain, protocol);
        case SOCK_DGRAM:
                return udp_socket_new(socket, domain, protocol);
        case SOCK_RAW:
                return raw_socket_new(socket, domain, type, protocol);
        default:
                return -EPROTOTYPE;
        }
}

int socket(int domain, int type, int protocol)
{
        struct socket *made;
        network_enter();
        int error = create(&made, domain, type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), protocol);
        network_leave();
        return socket_result(error != 0 ? error : socket_install(made, type));
}

int bind(int descriptor, const struct sockaddr *address, socklen_t length)
{
        int error;
        struct socket *socket = socket_lookup(descriptor, &error);
        if (socket == NULL)
                return socket_result(error);
        ip_addr_t local;
        uint16_t port;
        network_enter();
        error = address_from_user(socket, address, length, &local, &port);
        if (error == 0)
                error = socket->operations->bind != NULL ? socket->operations->bind(socket, &local, port) : -EOPNOTSUPP;
        network_leave();
        file_put(&socket->file);
        return socket_result(error);
}

int listen(int descriptor, int backlog)
{
        int error;
        struct socket *socket = socket_lookup(descriptor, &error);
        if (socket == NULL)
                return socket_result(error);
        network_enter();
        error = socket->operations->listen != NULL ? socket->operations->listen(socket, backlog) : -EOPNOTSUPP;
        network_leave();
        file_put(&socket->file);
        return socket_result(error);
}

bool socket_blocks(const struct socket *socket, int message_flags)
{
        return !(atomic_load_explicit(&socket->file.flags, memory_order_relaxed) & O_NONBLOCK) &&
               !(message_flags & MSG_DONTWAIT);
}

int accept4(int descriptor, struct sockaddr *restrict address, socklen_t *restrict length, int flags)
{
        int error;
        struct socket *socket = socket_lookup(descriptor, &error);
        if (socket == NULL)
                return socket_result(error);
        if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) {
                file_put(&socket->file);
                return socket_result(-EINVAL);
        }
        struct socket *accepted = NULL;
        network_enter();
        error = socket->operations->accept != NULL
                        ? socket->operations->accept(socket, &accepted, socket_blocks(socket, 0))
                        : -EOPNOTSUPP;
        if (error == 0 && address != NULL && length != NULL) {
                ip_addr_t remote;
                uint16_t port;
                if (accepted->operations->name(accepted, true, &remote, &port) == 0)
                        address_to_user(accepted, &remote, port, address, length);
        }
        network_leave();
        file_put(&socket->file);
        return socket_result(error != 0 ? error : socket_install(accepted, flags));
}

int accept(int descriptor, struct sockaddr *restrict address, socklen_t *restrict length)
{
        return accept4(descriptor, address, length, 0);
}

static int connect_to(struct socket *socket, const struct sockaddr *address, socklen_t length)
{
        sa_family_t family;
        if (address == NULL || length < sizeof(family))
                return -EINVAL;
        memcpy(&family, &address->sa_family, sizeof(family));
        if (family == AF_UNSPEC)
                return socket->operations->disconnect != NULL ? socket->operations->disconnect(socket) : -EOPNOTSUPP;
        ip_addr_t remote;
        uint16_t port;
        int error = address_from_user(socket, address, length, &remote, &port);
        if (error != 0)
                return error;
        if (socket->operations->connect == NULL)
                return -EOPNOTSUPP;
        return socket->operations->connect(socket, &remote, port, socket_blocks(socket, 0));
}

int connect(int descriptor, const struct sockaddr *address, socklen_t length)
{
        int error;
        struct socket *socket = socket_lookup(descriptor, &error);
        if (socket == NULL)
                return socket_result(error);
        network_enter();
        error = connect_to(socket, address, length);
        network_leave();
        file_put(&socket->file);
        return socket_result(error);
}

int shutdown(int descriptor, int how)
{
        int error;
        struct socket *socket = socket_lookup(descriptor, &error);
        if (socket == NULL)
                return socket_result(error);
        network_enter();
        if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
                error = -EINVAL;
        else
                error = socket->operations->shutdown(socket, how != SHUT_WR, how != SHUT_RD);
        network_leave();
        file_put(&socket->file);
        return socket_result(error);
}

static int name_of(int descriptor, bool peer, struct sockaddr *address, socklen_t *length)
{
        int error;
        struct socket *socket = socket_lookup(descriptor, &error);
        if (socket == NULL)
                return socket_result(error);
        ip_addr_t ip;
        uint16_t port;
        network_enter();
        if (address == NULL || length == NULL)
                error = -EFAULT;
        else if (socket->operations->name == NULL)
                error = -EOPNOTSUPP;
        else
                error = socket->operations->name(socket, peer, &ip, &port);
        if (error == 0)
                address_to_user(socket, &ip, port, address, length);
        network_leave();
        file_put(&socket->file);
        return socket_result(error);
}

int getsockname(int descriptor, struct sockaddr *restrict address, socklen_t *restrict length)
{
        return name_of(descriptor, false, address, length);
}

int getpeername(int descriptor, struct sockaddr *restrict address, socklen_t *restrict length)
{
        return name_of(descriptor, true, address, length);
}
