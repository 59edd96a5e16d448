/* Firecracker's configuration file (its docs/getting-started.md and src/firecracker/swagger/firecracker.yaml). */
#include "targets.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "../message.h"

static json_t *drives(const struct deployment *deployment)
{
        json_t *array = json_array();
        for (size_t i = 0; i < deployment->disks.count; i++) {
                const struct disk *disk = &deployment->disks.items[i];
                char id[32];
                snprintf(id, sizeof(id), "disk%zu", i);
                if (disk->is_qcow2)
                        refuse("--disk %s is qcow2; Firecracker takes raw disks only", disk->file);
                json_array_append_new(array,
                                      json_pack("{s:s, s:s, s:b, s:b}", "drive_id", id, "path_on_host", disk->path,
                                                "is_root_device", 0, "is_read_only", disk->read_only));
        }
        return array;
}

static void write_out(const struct deployment *deployment, struct text *out, struct text *how)
{
        const char *tap = deployment->net != NULL ? deployment->net : "tap0";
        struct text mac = {0};
        target_add_mac(&mac, deployment->name);
        json_t *config =
                json_pack("{s:{s:s, s:s}, s:o, s:{s:i, s:I}}", "boot-source", "kernel_image_path", deployment->image,
                          "boot_args", deployment->line.bytes, "drives", drives(deployment), "machine-config",
                          "vcpu_count", 1, "mem_size_mib", (json_int_t)deployment_mib(deployment));
        if (config == NULL)
                refuse("the image's path or the command line is not UTF-8, which JSON needs");
        if (deployment->uses_network)
                json_object_set_new(config, "network-interfaces",
                                    json_pack("[{s:s, s:s, s:s}]", "iface_id", "net0", "guest_mac", mac.bytes,
                                              "host_dev_name", tap));
        char *text = json_dumps(config, JSON_INDENT(2));
        text_add(out, "%s\n", text);
        if (deployment->uses_network)
                text_add(how, "sudo ip tuntap add dev %s mode tap user $USER && sudo ip link set %s up\n", tap, tap);
        text_add(how, "firecracker --no-api --config-file %s.json\n", deployment->name);
        free(text);
        json_decref(config);
        text_free(&mac);
}

const struct target target_firecracker = {"firecracker", ".json", "nd", write_out};
