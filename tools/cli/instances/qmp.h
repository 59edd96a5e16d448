/*
 * A connection to QEMU's machine protocol (QEMU's docs/interop/qmp-spec): one JSON object a line, each way. What QEMU
 * says is checked for what is wanted of it and not trusted to be more.
 */
#ifndef CLI_INSTANCES_QMP_H
#define CLI_INSTANCES_QMP_H

#include <jansson.h>

#include "../text.h"

struct qmp {
        int socket; /* -1: closed */
        struct text received;
};

/* Makes a connection. *theirs is QEMU's end, for the caller to pass on and close. False: errno says why. */
bool qmp_open(struct qmp *qmp, int *theirs);
void qmp_close(struct qmp *qmp);

/* `arguments` may be NULL and is consumed. The answer has the same `id`. Never waits; what cannot be sent is lost. */
void qmp_send(struct qmp *qmp, const char *command, json_t *arguments, const char *id);

/* Reads what has come. False: QEMU has closed the connection. */
bool qmp_read(struct qmp *qmp);

/* The next whole message, for the caller to free, or NULL. */
json_t *qmp_next(struct qmp *qmp);

#endif
