/* The calls that move data: send, recv and their relatives. */
#include <errno.h>

#include "calls.h"

#define VECTOR_MOST 1024

size_t vector_bytes(const struct iovec *vector, int count)
{
        size_t bytes = 0;
        for (int i = 0; i < count; i++)
                bytes += vector[i].iov_len;
        return bytes;
}

ssize_t socket_send(struct socket *socket, struct message *message)
{
        if (message->flags & MSG_OOB)
                return -EOPNOTSUPP;
        network_enter();
        ssize_t result = socket->operations->send(socket, message, socket_blocks(socket, message->flags));
        network_leave();
        return result;
}

ssize_t socket_receive(struct socket *socket, struct message *message)
{
        if (message->flags & MSG_OOB)
                return -EINVAL;
        network_enter();
        ssize_t result = socket->operations->receive(socket, message, socket_blocks(socket, message->flags));
        network_leave();
        return result;
}

static ssize_t result_of(ssize_t result)
{
        if (result >= 0)
                return result;
        errno = (int)-result;
        return -1;
}

static ssize_t send_message(int descriptor, struct message *message)
{
        int error;
        struct socket *socket = socket_lookup(descriptor, &error);
        if (socket == NULL)
                return result_of(error);
        ssize_t result = socket_send(socket, message);
        file_put(&socket->file);
        return result_of(result);
}

static ssize_t receive_message(int descriptor, struct message *message)
{
        int error;
        struct socket *socket = socket_lookup(descriptor, &error);
        if (socket == NULL)
                return result_of(error);
        ssize_t result = socket_receive(socket, message);
        file_put(&socket->file);
        return result_of(result);
}

ssize_t sendto(int descriptor, const void *data, size_t bytes, int flags, const struct sockaddr *address,
               socklen_t length)
{
        struct iovec vector = {.iov_base = (void *)(uintptr_t)data, .iov_len = bytes};
        struct message message = {.vector = &vector,
                                  .count = 1,
                                  .bytes = bytes,
                                  .flags = flags,
                                  .name = (struct sockaddr *)(uintptr_t)address,
                                  .name_bytes = length};
        return send_message(descriptor, &message);
}

ssize_t send(int descriptor, const void *data, size_t bytes, int flags)
{
        return sendto(descriptor, data, bytes, flags, NULL, 0);
}

ssize_t recvfrom(int descriptor, void *restrict data, size_t bytes, int flags, struct sockaddr *restrict address,
                 socklen_t *restrict length)
{
        struct iovec vector = {.iov_base = data, .iov_len = bytes};
        struct message message = {.vector = &vector,
                                  .count = 1,
                                  .bytes = bytes,
                                  .flags = flags,
                                  .name = length != NULL ? address : NULL,
                                  .name_bytes = length != NULL ? *length : 0};
        ssize_t result = receive_message(descriptor, &message);
        if (result >= 0 && length != NULL && address != NULL)
                *length = message.name_bytes;
        return result;
}

ssize_t recv(int descriptor, void *data, size_t bytes, int flags)
{
        return recvfrom(descriptor, data, bytes, flags, NULL, NULL);
}

static bool vector_is_sane(const struct msghdr *header)
{
        return (size_t)header->msg_iovlen <= VECTOR_MOST;
}

ssize_t sendmsg(int descriptor, const struct msghdr *header, int flags)
{
        if (!vector_is_sane(header))
                return result_of(-EMSGSIZE);
        struct message message = {.vector = header->msg_iov,
                                  .count = (int)header->msg_iovlen,
                                  .bytes = vector_bytes(header->msg_iov, (int)header->msg_iovlen),
                                  .flags = flags,
                                  .name = header->msg_namelen != 0 ? header->msg_name : NULL,
                                  .name_bytes = header->msg_namelen};
        return send_message(descriptor, &message);
}

ssize_t recvmsg(int descriptor, struct msghdr *header, int flags)
{
        if (!vector_is_sane(header))
                return result_of(-EMSGSIZE);
        struct message message = {.vector = header->msg_iov,
                                  .count = (int)header->msg_iovlen,
                                  .bytes = vector_bytes(header->msg_iov, (int)header->msg_iovlen),
                                  .flags = flags,
                                  .name = header->msg_name,
                                  .name_bytes = header->msg_namelen};
        ssize_t result = receive_message(descriptor, &message);
        if (result >= 0) {
                header->msg_namelen = header->msg_name != NULL ? message.name_bytes : 0;
                header->msg_controllen = 0;
                header->msg_flags = message.flags_out;
        }
        return result;
}

int sendmmsg(int descriptor, struct mmsghdr *messages, unsigned int count, int flags)
{
        unsigned int sent = 0;
        for (; sent < count; sent++) {
                ssize_t result = sendmsg(descriptor, &messages[sent].msg_hdr, flags);
                if (result < 0)
                        return sent != 0 ? (int)sent : -1;
                messages[sent].msg_len = (unsigned int)result;
        }
        return (int)sent;
}
