/* Questions to QEMU and their answers; see monitor.h. */
#include "monitor.h"

#include <stdio.h>
#include <string.h>

/* What our questions are called, so that the answers are known. A count's has the device's and the queue's number. */
#define ID_CAPABILITIES "capabilities"
#define ID_STATUS       "status"
#define ID_DEVICES      "devices"
#define ID_COUNT        "count "
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

/* [{"name": "virtio-net", "path": ...}, ...]; experimental in QEMU 7.2, hence no complaint when it is not understood.
 */
static void take_devices(struct monitor *monitor, const json_t *devices)
{
        size_t i;
        const json_t *device;
        json_array_foreach(devices, i, device)
        {
                const char *name = json_string_value(json_object_get(device, "name"));
                const char *path = json_string_value(json_object_get(device, "path"));
                struct monitor_device *known = &monitor->devices[monitor->device_count];
                if (name == NULL || path == NULL || strcmp(name, "virtio-net") != 0 ||
                    strlen(path) >= sizeof(known->path) || monitor->device_count == MONITOR_DEVICES)
                        continue;
                memcpy(known->path, path, strlen(path) + 1);
                monitor->device_count++;
        }
}

static void take_count(struct monitor *monitor, const char *id, const json_t *queue)
{
        unsigned device, direction;
        const json_t *used = json_object_get(queue, "used-idx");
        if (monitor->unanswered != 0)
                monitor->unanswered--;
        if (sscanf(id, ID_COUNT "%u %u", &device, &direction) != 2 || device >= monitor->device_count ||
            direction > 1 || !json_is_integer(used))
                return;
        uint16_t *last = &monitor->devices[device].used[direction];
        const uint16_t now = (uint16_t)json_integer_value(used);
        monitor->packets[direction] += (uint16_t)(now - *last);
        monitor->is_counted = true;
        *last = now;
}

static void take(struct monitor *monitor, const json_t *message)
{
        const char *id = json_string_value(json_object_get(message, "id"));
        const json_t *answer = json_object_get(message, "return");
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
        else if (strcmp(id, ID_DEVICES) == 0)
                take_devices(monitor, answer);
        else if (strncmp(id, ID_COUNT, strlen(ID_COUNT)) == 0)
                take_count(monitor, id, answer);
        if (strcmp(id, ID_STATUS) == 0)
                qmp_send(&monitor->qmp, "x-query-virtio", NULL, ID_DEVICES);
}

void monitor_serve(struct monitor *monitor)
{
        if (!qmp_read(&monitor->qmp)) {
                qmp_close(&monitor->qmp);
                monitor->unanswered = 0;
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

void monitor_count(struct monitor *monitor)
{
        if (monitor->qmp.socket < 0 || monitor->unanswered != 0)
                return;
        for (unsigned i = 0; i < 2 * monitor->device_count; i++) {
                char id[32];
                snprintf(id, sizeof(id), ID_COUNT "%u %u", i / 2, i % 2);
                qmp_send(&monitor->qmp, "x-query-virtio-queue-status",
                         json_pack("{s:s, s:i}", "path", monitor->devices[i / 2].path, "queue", (int)(i % 2)), id);
                monitor->unanswered++;
        }
}
