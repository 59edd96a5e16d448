/* Proxmox VE's qm.conf(5), with QEMU arguments for the kernel, which it has no key for. */
#include "targets.h"

#include <string.h>

#include "../message.h"

#define DIRECTORY "/var/lib/vz/coracle"

static void write_out(const struct deployment *deployment, struct text *out, struct text *how)
{
        const char *name = deployment->name;
        struct text mac = {0};
        if (strchr(deployment->line.bytes, '\n') != NULL)
                refuse("the guest's command line has a newline, which a configuration of Proxmox cannot carry");
        text_add(out,
                 "name: %s\n"
                 "memory: %llu\n"
                 "balloon: 0\n"
                 "cores: 1\n"
                 "cpu: host\n"
                 "machine: q35\n"
                 "ostype: other\n"
                 "serial0: socket\n"
                 "vga: none\n",
                 name, (unsigned long long)deployment_mib(deployment));
        if (deployment->uses_network) {
                target_add_mac(&mac, name);
                text_add(out, "net0: virtio=%s,bridge=%s\n", mac.bytes,
                         deployment->net != NULL ? deployment->net : "vmbr0");
                text_free(&mac);
        }
        text_add(out, "args: -kernel " DIRECTORY "/%s.elf -append ", name);
        text_add_quoted(out, deployment->line.bytes);
        text_add(out, "\n");
        text_add(how, "ssh root@NODE mkdir -p " DIRECTORY "\nscp ");
        text_add_quoted(how, deployment->image);
        text_add(how, " root@NODE:" DIRECTORY "/%s.elf\n", name);
        text_add(how, "scp %s.conf root@NODE:/etc/pve/qemu-server/900.conf\n", name);
        text_add(how, "ssh -t root@NODE 'qm start 900 && qm terminal 900'\n");
}

const struct target target_proxmox = {"proxmox", ".conf", "n", write_out};
