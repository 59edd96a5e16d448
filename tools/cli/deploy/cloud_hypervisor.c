/* Cloud Hypervisor's VmConfig (its vmm/src/api/openapi/cloud-hypervisor.yaml). */
#include "targets.h"

#include <jansson.h>
#include <stdlib.h>

#include "../message.h"

static json_t *disks(const struct deployment *deployment)
{
        json_t *array = json_array();
        for (size_t i = 0; i < deployment->disks.count; i++) {
                const struct disk *disk = &deployment->disks.items[i];
                json_array_append_new(array, json_pack("{s:s, s:b}", "path", disk->path, "readonly", disk->read_only));
        }
        return array;
}

static void write_out(const struct deployment *deployment, struct text *out, struct text *how)
{
        const char *tap = deployment->net != NULL ? deployment->net : "tap0", *name = deployment->name;
        struct text mac = {0};
        target_add_mac(&mac, name);
        json_t *config =
                json_pack("{s:{s:i, s:i}, s:{s:I}, s:{s:s, s:s}, s:{s:s}, s:{s:s}, s:{s:s}}", "cpus", "boot_vcpus", 1,
                          "max_vcpus", 1, "memory", "size", (json_int_t)deployment_mib(deployment) * 1024 * 1024,
                          "payload", "kernel", deployment->image, "cmdline", deployment->line.bytes, "rng", "src",
                          "/dev/urandom", "serial", "mode", "Tty", "console", "mode", "Off");
        if (config == NULL)
                refuse("the image's path or the command line is not UTF-8, which JSON needs");
        if (deployment->disks.count != 0)
                json_object_set_new(config, "disks", disks(deployment));
        if (deployment->uses_network)
                json_object_set_new(config, "net", json_pack("[{s:s, s:s}]", "tap", tap, "mac", mac.bytes));
        char *text = json_dumps(config, JSON_INDENT(2));
        text_add(out, "%s\n", text);
        text_add(how, "cloud-hypervisor --api-socket /tmp/%s.sock &\n", name);
        text_add(how,
                 "curl --unix-socket /tmp/%s.sock -X PUT -H 'Content-Type: application/json' -d @%s.json "
                 "http://localhost/api/v1/vm.create\n",
                 name, name);
        text_add(how, "curl --unix-socket /tmp/%s.sock -X PUT http://localhost/api/v1/vm.boot\n", name);
        free(text);
        json_decref(config);
        text_free(&mac);
}

const struct target target_cloud_hypervisor = {"cloud-hypervisor", ".json", "nd", write_out};
