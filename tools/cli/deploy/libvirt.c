/* coracle libvirt: prints a libvirt domain (https://libvirt.org/formatdomain.html) that boots an image. */
#include <stdio.h>
#include <string.h>

#include "../commands.h"
#include "../message.h"
#include "../run/accel.h"
#include "options.h"

static const char usage[] =
        "usage: coracle libvirt IMAGE [OPTIONS] [-- ARGUMENTS]\n"
        "\n"
        "Prints a domain for `virsh define` that boots IMAGE, which stays where it is and must be readable for "
        "libvirt.\n"
        "The serial port is the console (`virsh console`); `virsh shutdown` is SIGTERM to the program; when the "
        "program\n"
        "ends the domain is shut off.\n"
        "\n"
        "  -m, --memory SIZE        memory: 64M, 1G, ... (default 128M; libvirt rounds up to whole MiB)\n"
        "  -e, --env KEY=VALUE      a variable of the program's environment; KEY alone: as here; repeatable\n"
        "      --name NAME          the domain's name (default: the image's)\n"
        "      --net user|none|network=NAME|bridge=NAME\n"
        "                           QEMU's user network (default, when the program uses the network), a network of\n"
        "                           libvirt's, a bridge of the host's, or none\n"
        "      --ip ADDRESS/BITS[,gw=ADDRESS][,dns=ADDRESS]|dhcp\n"
        "                           the guest's address (default: DHCP)\n"
        "      --disk FILE[,ro]     a disk; repeatable\n"
        "      --accel auto|kvm|tcg KVM if it works here, else TCG (auto)\n"
        "      --machine q35|pc     the machine (default q35)\n"
        "      --append WORDS       more words for the guest's command line\n"
        "\n"
        "example: coracle libvirt httpd.elf --net network=default >httpd.xml && virsh define httpd.xml\n";

static void add_escaped(struct text *xml, const char *value)
{
        static const char *const names[] = {['&'] = "&amp;",  ['<'] = "&lt;",   ['>'] = "&gt;",  ['\''] = "&apos;",
                                            ['"'] = "&quot;", ['\n'] = "&#10;", ['\t'] = "&#9;", ['\r'] = "&#13;"};
        for (const char *p = value; *p != '\0'; p++) {
                const unsigned char c = (unsigned char)*p;
                if (c < sizeof(names) / sizeof(names[0]) && names[c] != NULL)
                        text_add(xml, "%s", names[c]);
                else if (c < ' ' || c == 0x7f)
                        refuse("the guest's command line has a character, %#x, that XML cannot carry", c);
                else
                        text_add_bytes(xml, p, 1);
        }
}

static void add_element(struct text *xml, const char *before, const char *value, const char *after)
{
        text_add(xml, "%s", before);
        add_escaped(xml, value);
        text_add(xml, "%s\n", after);
}

static void add_network(struct text *xml, const struct deployment *deployment)
{
        const char *net = deployment->net;
        if (net == NULL)
                net = deployment->uses_network ? "user" : "none";
        if (strcmp(net, "none") == 0)
                return;
        if (strcmp(net, "user") == 0) {
                text_add(xml, "    <interface type='user'>\n");
        } else if (strncmp(net, "network=", 8) == 0 && net[8] != '\0') {
                text_add(xml, "    <interface type='network'>\n");
                add_element(xml, "      <source network='", net + 8, "'/>");
        } else if (strncmp(net, "bridge=", 7) == 0 && net[7] != '\0') {
                text_add(xml, "    <interface type='bridge'>\n");
                add_element(xml, "      <source bridge='", net + 7, "'/>");
        } else {
                refuse("--net %s is not one of user, none, network=NAME, bridge=NAME", net);
        }
        text_add(xml, "      <model type='virtio'/>\n    </interface>\n");
}

static void add_disks(struct text *xml, const struct deployment *deployment)
{
        for (size_t i = 0; i < deployment->disks.count; i++) {
                const struct disk *disk = &deployment->disks.items[i];
                text_add(xml, "    <disk type='%s' device='disk'>\n", disk->is_block_device ? "block" : "file");
                text_add(xml, "      <driver name='qemu' type='%s' discard='unmap'/>\n",
                         disk->is_qcow2 ? "qcow2" : "raw");
                add_element(xml, disk->is_block_device ? "      <source dev='" : "      <source file='", disk->path,
                            "'/>");
                text_add(xml, "      <target dev='vd%c' bus='virtio'/>\n%s    </disk>\n", (char)('a' + i),
                         disk->read_only ? "      <readonly/>\n" : "");
        }
}

/* KVM offers what the host has, but for a register that not every KVM lets QEMU set. Under QEMU 7.2, TCG needs a second
 * CPU that may come and does not: with one possible CPU it drops the guest's memory barriers. */
static void add_processor(struct text *xml, bool kvm)
{
        if (kvm)
                text_add(xml, "  <vcpu placement='static'>1</vcpu>\n"
                              "  <cpu mode='host-passthrough'>\n"
                              "    <feature policy='disable' name='arch-capabilities'/>\n"
                              "  </cpu>\n");
        else
                text_add(xml, "  <vcpu placement='static' current='1'>2</vcpu>\n  <cpu mode='maximum'/>\n");
}

static void add_domain(struct text *xml, const struct deployment *deployment, bool kvm, const char *machine)
{
        text_add(xml, "<domain type='%s'>\n", kvm ? "kvm" : "qemu");
        add_element(xml, "  <name>", deployment->name, "</name>");
        text_add(xml, "  <memory unit='KiB'>%llu</memory>\n", (unsigned long long)deployment->memory_kib);
        add_processor(xml, kvm);
        text_add(xml, "  <os>\n    <type arch='x86_64' machine='%s'>hvm</type>\n", machine);
        add_element(xml, "    <kernel>", deployment->image, "</kernel>");
        add_element(xml, "    <cmdline>", deployment->line.bytes, "</cmdline>");
        text_add(xml, "  </os>\n"
                      "  <features>\n    <acpi/>\n    <apic/>\n  </features>\n"
                      "  <clock offset='utc'/>\n"
                      "  <on_poweroff>destroy</on_poweroff>\n"
                      "  <on_reboot>restart</on_reboot>\n"
                      "  <on_crash>destroy</on_crash>\n"
                      "  <devices>\n");
        add_disks(xml, deployment);
        text_add(xml, "    <controller type='usb' model='none'/>\n");
        add_network(xml, deployment);
        text_add(xml, "    <serial type='pty'>\n      <target port='0'/>\n    </serial>\n"
                      "    <console type='pty'>\n      <target type='serial' port='0'/>\n    </console>\n"
                      "    <memballoon model='none'/>\n"
                      "  </devices>\n"
                      "</domain>\n");
}

static bool choose_kvm(const char *accelerator)
{
        if (accelerator == NULL || strcmp(accelerator, "auto") == 0)
                return kvm_why_not(true) == NULL;
        if (strcmp(accelerator, "kvm") != 0 && strcmp(accelerator, "tcg") != 0)
                refuse("--accel %s is not one of auto, kvm, tcg", accelerator);
        return accelerator[0] == 'k';
}

int command_libvirt(int argc, char *argv[])
{
        static const struct option options[] = {DEPLOY_SHARED_OPTIONS,
                                                {"accel", required_argument, NULL, DEPLOY_ACCEL},
                                                {"machine", required_argument, NULL, DEPLOY_MACHINE},
                                                {NULL, 0, NULL, 0}};
        static struct deployment deployment;
        struct text xml = {0};
        deployment_parse(&deployment, "libvirt", options, "-:m:e:h", 1, argc, argv);
        if (deployment.help) {
                fputs(usage, stdout);
                deployment_free(&deployment);
                return 0;
        }
        if (deployment.words[0] == NULL)
                refuse("which image? usage: coracle libvirt IMAGE [OPTIONS] [-- ARGUMENTS]");
        const char *machine = deployment.machine != NULL ? deployment.machine : "q35";
        if (strcmp(machine, "q35") != 0 && strcmp(machine, "pc") != 0)
                refuse("--machine %s is not one of q35, pc", machine);
        deployment_prepare(&deployment, deployment.words[0]);
        add_domain(&xml, &deployment, choose_kvm(deployment.accelerator), machine);
        fputs(xml.bytes, stdout);
        text_free(&xml);
        deployment_free(&deployment);
        return fflush(stdout) == 0 ? 0 : 1;
}
