/* Composes QEMU's arguments; see qemu.h. Measurements are of QEMU 7.2. */
#include "qemu.h"

#include <stdint.h>
#include <string.h>

#include "../guest/words.h"

/* Ports of the exit protocol: decimal status and newline to one, then the status as a word to the other ends QEMU. */
#define STATUS_PORT 0xe9
#define EXIT_PORT   0xf4

/* The user network's numbers, which QEMU's documentation fixes: no DHCP is needed to know them. */
#define USER_NETWORK "10.0.2.15/24,gw=10.0.2.2,dns=10.0.2.3"

/* QEMU's microvm adds a word of some 40 bytes for each virtio device. */
#define COMMAND_LINE_MAX (WORDS_MAX - 255u)

static bool is_microvm(const struct run_options *options)
{
        return options->machine == MACHINE_AUTO || options->machine == MACHINE_MICROVM;
}

const char *qemu_machine_name(const struct run_options *options)
{
        return is_microvm(options) ? "microvm" : options->machine == MACHINE_PC ? "pc" : "q35";
}

bool qemu_has_button(const struct run_options *options)
{
        bool has_button = !is_microvm(options) || options->detach;
        /* Of properties with one name the last counts. */
        for (const char *p = options->machine_more; (p = strstr(p, ",acpi=")) != NULL; p++)
                has_button = strncmp(p, ",acpi=on", 8) == 0;
        return has_button;
}

static bool is_address_given(const struct run_options *options)
{
        if (options->ip != NULL)
                return true;
        for (size_t i = 0; i < options->append.count; i++) {
                if (strncmp(options->append.items[i], "coracle.ip=", 11) == 0)
                        return true;
        }
        return false;
}

bool guest_command_line(const struct run_options *options, const struct qemu_choice *choice, struct text *line,
                        size_t *excess)
{
        text_add(line, "coracle.status_port=%#x coracle.exit_port=%#x coracle.input=escaped", STATUS_PORT, EXIT_PORT);
        words_add_name(line, options->image);
        if (options->verbose)
                text_add(line, " coracle.verbose=1");
        if (options->ip != NULL && strcmp(options->ip, "dhcp") != 0)
                text_add(line, " coracle.ip=%s", options->ip);
        else if (choice->network && options->net != NET_TAP && !is_address_given(options))
                text_add(line, " coracle.ip=%s", USER_NETWORK);
        words_add_rest(line, &options->append, &options->environment, options->arguments, options->argument_count);
        *excess = line->length > COMMAND_LINE_MAX ? line->length - COMMAND_LINE_MAX : 0;
        return *excess == 0;
}

/* Guests on one bridge must differ; the same tap keeps its guest's address. FNV-1a, 24 bits of it. */
static void add_tap(const char *name, const char *device, struct list *command)
{
        uint32_t hash = 2166136261u;
        for (const char *p = name; *p != '\0'; p++)
                hash = (hash ^ (unsigned char)*p) * 16777619u;
        list_add_string(command, "-netdev");
        list_add(command, "tap,id=" QEMU_NETWORK ",ifname=%s,script=no,downscript=no", name);
        list_add_string(command, "-device");
        list_add(command, "%s,netdev=" QEMU_NETWORK ",mac=52:54:00:%02x:%02x:%02x", device, hash >> 24,
                 (hash >> 16) & 0xff, (hash >> 8) & 0xff);
}

static void add_user_network(const struct run_options *options, const char *device, struct list *command)
{
        struct text netdev = {0};
        text_add(&netdev, "user,id=" QEMU_NETWORK);
        for (size_t i = 0; i < options->forward_count; i++) {
                const struct forward *forward = &options->forwards[i];
                const unsigned char *a = (const unsigned char *)&forward->address;
                text_add(&netdev, ",hostfwd=%s:%u.%u.%u.%u:%u-10.0.2.15:%u", forward->udp ? "udp" : "tcp", a[0], a[1],
                         a[2], a[3], forward->host, forward->guest);
        }
        list_add_string(command, "-netdev");
        list_add_string(command, netdev.bytes);
        list_add_string(command, "-device");
        list_add(command, "%s,netdev=" QEMU_NETWORK, device);
        text_free(&netdev);
}

static void add_network(const struct run_options *options, struct list *command)
{
        /* romfile=: no boot ROM, which the firmware would load and which not every installation has. */
        const char *device = is_microvm(options) ? "virtio-net-device" : "virtio-net-pci,disable-legacy=on,romfile=";
        if (options->net == NET_TAP)
                add_tap(options->tap, device, command);
        else
                add_user_network(options, device, command);
}

/* QEMU's options end at a comma, unless it is doubled. */
static void add_escaped(struct text *to, const char *value)
{
        for (; *value != '\0'; value++)
                text_add(to, *value == ',' ? ",," : "%c", *value);
}

/* The first becomes /dev/vda: guests meet devices in the order of QEMU's arguments. */
static void add_disks(const struct run_options *options, struct list *command)
{
        const char *device = is_microvm(options) ? "virtio-blk-device" : "virtio-blk-pci,disable-legacy=on";
        for (size_t i = 0; i < options->disks.count; i++) {
                const struct disk *disk = &options->disks.items[i];
                struct text node = {0};
                text_add(&node, "driver=%s,node-name=disk%zu,discard=unmap,read-only=%s,file.driver=%s,file.filename=",
                         disk->is_qcow2 ? "qcow2" : "raw", i, disk->read_only ? "on" : "off",
                         disk->is_block_device ? "host_device" : "file");
                add_escaped(&node, disk->path);
                list_add_string(command, "-blockdev");
                list_add_string(command, node.bytes);
                list_add_string(command, "-device");
                list_add(command, "%s,drive=disk%zu", device, i);
                text_free(&node);
        }
}

static void add_lan(const struct run_options *options, const struct qemu_choice *choice, struct list *command)
{
        const char *device = is_microvm(options) ? "virtio-net-device" : "virtio-net-pci,disable-legacy=on,romfile=";
        list_add_string(command, "-netdev");
        if (choice->lan_is_tap)
                list_add(command, "tap,id=" QEMU_LAN ",fd=%d", choice->lan);
        else
                list_add(command, "dgram,id=" QEMU_LAN ",local.type=fd,local.str=%d", choice->lan);
        list_add_string(command, "-device");
        list_add(command, "%s,netdev=" QEMU_LAN ",mac=%s", device, choice->lan_mac);
}

static void add_machine(const struct run_options *options, const struct qemu_choice *choice, struct list *command)
{
        /* microvm without what a guest can do without: 4 ms less to the first instruction; the clock chip stays, for
         * the date, and in the background ACPI, for the power button. */
        list_add_string(command, "-machine");
        if (is_microvm(options))
                list_add(command, "microvm,acpi=%s,x-option-roms=off,pit=off,pic=off,rtc=on%s",
                         options->detach ? "on" : "off", options->machine_more);
        else
                list_add(command, "%s%s", qemu_machine_name(options), options->machine_more);
        list_add_string(command, "-accel");
        list_add_string(command, choice->kvm ? "kvm" : "tcg");
        /* `max` has RDSEED and FSGSBASE and costs no time. arch-capabilities: not every KVM that offers this MSR lets
         * QEMU set it, and QEMU aborts when it cannot. */
        list_add_string(command, "-cpu");
        list_add_string(command, choice->kvm ? "host,-arch-capabilities" : "max");
        /* With one possible CPU the TCG of QEMU 7.2 drops the guest's memory barriers and loses virtio notifications.
         */
        list_add_string(command, "-smp");
        list_add_string(command, choice->kvm ? "1" : "1,maxcpus=2");
        list_add_string(command, "-m");
        list_add(command, "%lluK", (unsigned long long)options->memory_kib);
}

void qemu_command(const struct run_options *options, const struct qemu_choice *choice, const char *line,
                  struct list *command)
{
        static const char *const always[] = {"-nodefaults",
                                             "-no-user-config",
                                             "-display",
                                             "none",
                                             "-no-reboot",
                                             "-chardev",
                                             "stdio,id=console,signal=off",
                                             "-serial",
                                             "chardev:console"};
        list_add_string(command, choice->program);
        add_machine(options, choice, command);
        for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
                list_add_string(command, always[i]);
        list_add_string(command, "-chardev");
        list_add(command, "file,id=status,path=/dev/fd/%d", choice->status_file);
        list_add_string(command, "-device");
        list_add(command, "isa-debugcon,iobase=%#x,chardev=status", STATUS_PORT);
        list_add_string(command, "-device");
        list_add(command, "isa-debug-exit,iobase=%#x,iosize=4", EXIT_PORT);
        if (is_microvm(options) && (choice->network || choice->lan >= 0 || options->disks.count != 0)) {
                list_add_string(command, "-global");
                list_add_string(command, "virtio-mmio.force-legacy=false");
        }
        if (choice->network)
                add_network(options, command);
        if (choice->lan >= 0)
                add_lan(options, choice, command);
        add_disks(options, command);
        if (choice->name != NULL) {
                list_add_string(command, "-name");
                list_add_string(command, choice->name);
        }
        if (choice->qmp >= 0) {
                list_add_string(command, "-chardev");
                list_add(command, "socket,id=qmp,fd=%d", choice->qmp);
                list_add_string(command, "-mon");
                list_add_string(command, "chardev=qmp,mode=control");
        }
        if (options->gdb) {
                list_add_string(command, "-S");
                list_add_string(command, "-gdb");
                list_add(command, "tcp:127.0.0.1:%u", choice->gdb_port);
        }
        for (size_t i = 0; i < options->qemu.count; i++)
                list_add_string(command, options->qemu.items[i]);
        list_add_string(command, "-kernel");
        list_add_string(command, options->image);
        list_add_string(command, "-append");
        list_add_string(command, line);
}
