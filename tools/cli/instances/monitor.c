/* Questions to QEMU and their answers; see monitor.h. */
#include "monitor.h"

#include <stdio.h>
#include <string.h>

/* What our questions are called, so that the answers are known. */
#define ID_CAPABILITIES "capabilities"
#define ID_STATUS       "status"
#define ID_FILTER       "filter"
#define ID_NO_FILTER    "no filter"
#define ID_BUTTON       "button"

bool monitor_open(struct monitor *monitor, int *theirs)
{
        *monitor = (struct monitor){.qmp.socket = -1};
        return qmp_open(&monitor->qmp, theirs);
}

void monitor_close(struct monitor *monitor)
{
        qmp_close(&monitor->qmp);
}

static void take_filter(struct monitor *monitor, bool is_done)
{
        if (monitor->unanswered == 0)
                return;
        monitor->unanswered--;
        monitor->is_refused |= !is_done;
}

static void take(struct monitor *monitor, const json_t *message)
{
        const char *id = json_string_value(json_object_get(message, "id"));
        const bool is_done = json_object_get(message, "return") != NULL;
        if (json_object_get(message, "QMP") != NULL) {
                qmp_send(&monitor->qmp, "qmp_capabilities", NULL, ID_CAPABILITIES);
                return;
        }
        if (id == NULL)
                return; /* an event */
        if (strcmp(id, ID_CAPABILITIES) == 0)
                qmp_send(&monitor->qmp, "query-status", NULL, ID_STATUS);
        else if (strcmp(id, ID_STATUS) == 0)
                monitor->is_up = true;
        else if (strcmp(id, ID_FILTER) == 0)
                take_filter(monitor, is_done);
        else if (strcmp(id, ID_NO_FILTER) == 0)
                take_filter(monitor, true); /* what is not there is removed */
}

/* What was asked is not answered any more. */
static void lose(struct monitor *monitor)
{
        qmp_close(&monitor->qmp);
        monitor->is_refused |= monitor->unanswered != 0;
        monitor->unanswered = 0;
}

void monitor_serve(struct monitor *monitor)
{
        if (!qmp_read(&monitor->qmp)) {
                lose(monitor);
                return;
        }
        for (json_t *message; (message = qmp_next(&monitor->qmp)) != NULL;) {
                take(monitor, message);
                json_decref(message);
        }
}

void monitor_press_button(struct monitor *monitor)
{
        qmp_send(&monitor->qmp, "system_powerdown", NULL, ID_BUTTON);
}

static void name_filter(char name[64], const char *netdev, const char *queue)
{
        snprintf(name, 64, "coracle-%s-%s", netdev, queue);
}

void monitor_add_filter(struct monitor *monitor, const char *netdev, const char *queue, const char *file, unsigned kept)
{
        char name[64];
        if (monitor->qmp.socket < 0) {
                monitor->is_refused = true;
                return;
        }
        name_filter(name, netdev, queue);
        qmp_send(&monitor->qmp, "object-add",
                 json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "qom-type", "filter-dump", "id", name, "netdev", netdev,
                           "queue", queue, "file", file, "maxlen", (int)kept),
                 ID_FILTER);
        monitor->unanswered++;
}

void monitor_remove_filter(struct monitor *monitor, const char *netdev, const char *queue)
{
        char name[64];
        monitor->is_refused = false;
        if (monitor->qmp.socket < 0)
                return;
        name_filter(name, netdev, queue);
        qmp_send(&monitor->qmp, "object-del", json_pack("{s:s}", "id", name), ID_NO_FILTER);
        monitor->unanswered++;
}
