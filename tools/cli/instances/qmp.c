/* Lines of JSON to and from QEMU; see qmp.h. */
#include "qmp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVED_MAX (1u << 18)

bool qmp_open(struct qmp *qmp, int *theirs)
{
        int ends[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
                return false;
        *qmp = (struct qmp){.socket = ends[0]};
        *theirs = ends[1];
        return true;
}

void qmp_close(struct qmp *qmp)
{
        if (qmp->socket >= 0)
                close(qmp->socket);
        qmp->socket = -1;
        text_free(&qmp->received);
}

void qmp_send(struct qmp *qmp, const char *command, json_t *arguments, const char *id)
{
        json_t *message = json_pack("{s:s, s:s, s:o*}", "execute", command, "id", id, "arguments", arguments);
        char *line = message != NULL ? json_dumps(message, JSON_COMPACT) : NULL;
        if (line != NULL && qmp->socket >= 0)
                (void)send(qmp->socket, line, strlen(line), MSG_DONTWAIT | MSG_NOSIGNAL);
        free(line);
        json_decref(message);
}

bool qmp_read(struct qmp *qmp)
{
        char bytes[4096];
        const ssize_t count = recv(qmp->socket, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
                return true;
        if (count <= 0 || qmp->received.length + (size_t)count > RECEIVED_MAX)
                return false;
        text_add_bytes(&qmp->received, bytes, (size_t)count);
        return true;
}

json_t *qmp_next(struct qmp *qmp)
{
        while (qmp->received.length != 0) {
                const char *newline = memchr(qmp->received.bytes, '\n', qmp->received.length);
                if (newline == NULL)
                        return NULL;
                const size_t length = (size_t)(newline - qmp->received.bytes) + 1;
                json_t *message = json_loadb(qmp->received.bytes, length, 0, NULL);
                text_consume(&qmp->received, length);
                if (message != NULL)
                        return message;
        }
        return NULL;
}
