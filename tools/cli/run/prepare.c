/* Checks what a run needs; see prepare.h. */
#include "prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../image/elf.h"
#include "../message.h"
#include "accel.h"
#include "gdb.h"

static const char *find_qemu(void)
{
        static char path[4096];
        const char *given = getenv("CORACLE_QEMU");
        if (given != NULL && given[0] != '\0') {
                if (access(given, X_OK) != 0)
                        refuse("CORACLE_QEMU=%s: %s", given, strerror(errno));
                return given;
        }
        const char *directories = getenv("PATH");
        while (directories != NULL && *directories != '\0') {
                const size_t length = strcspn(directories, ":");
                snprintf(path, sizeof(path), "%.*s/" QEMU_NAME, (int)length, length != 0 ? directories : ".");
                if (access(path, X_OK) == 0)
                        return path;
                directories += length + (directories[length] == ':');
        }
        refuse("there is no " QEMU_NAME " in PATH; install it (on Debian: apt install qemu-system-x86)");
}

/* Refuses what is no image and decides about the network; returns whether the program uses one. */
static bool check_image(struct run_options *options)
{
        struct image image;
        char error[IMAGE_ERROR];
        if (!image_open(&image, options->image, error))
                refuse("%s", error);
        const bool has_network = image_uses_network(&image);
        if (options->net == NET_AUTO)
                options->net = options->forward_count != 0 || options->ip != NULL || has_network ? NET_USER : NET_NONE;
        image_close(&image);
        return has_network;
}

/* Decides on KVM; `why` is set to the reason when it was not asked for and does not work. */
static bool choose_kvm(const struct run_options *options, const char **why)
{
        *why = NULL;
        if (options->accel == ACCEL_TCG)
                return false;
        if (options->accel == ACCEL_AUTO && options->gdb) {
                *why = "for --gdb";
                return false;
        }
        *why = kvm_why_not(options->print);
        if (options->accel == ACCEL_KVM && *why != NULL)
                refuse("KVM does not work: %s", *why);
        return *why == NULL;
}

static void check_disks(struct run_options *options)
{
        for (size_t i = 0; i < options->disks.count; i++) {
                struct disk *disk = &options->disks.items[i];
                disk_look_at(disk);
                for (size_t j = 0; j < i; j++)
                        if (strcmp(options->disks.items[j].path, disk->path) == 0 && !disk->read_only)
                                refuse("--disk %s is given twice", disk->file);
                if (!options->print)
                        disk_check_use(disk);
        }
}

void prepare(struct run_options *options, struct preparation *preparation)
{
        *preparation = (struct preparation){.uses_network = check_image(options)};
        struct qemu_choice *choice = &preparation->choice;
        *choice = (struct qemu_choice){.program = find_qemu(),
                                       .network = options->net != NET_NONE,
                                       .status_file = STDERR_FILENO,
                                       .qmp = -1,
                                       .lan = -1};
        choice->kvm = choose_kvm(options, &preparation->why_not_kvm);
        check_disks(options);
        if (options->gdb)
                choice->gdb_port = gdb_choose_port();
}

static void check_ports(const struct run_options *options, const char *(*holder)(const struct forward *forward))
{
        for (size_t i = 0; i < options->forward_count; i++) {
                const struct forward *forward = &options->forwards[i];
                const unsigned port = forward->host;
                const int error = forward_try(forward);
                if (error == EADDRINUSE)
                        refuse("port %u on this host is already in use%s; choose another with -p %s%u:%u", port,
                               holder != NULL ? holder(forward) : "", forward->udp ? "udp:" : "",
                               port < UINT16_MAX ? port + 1 : port - 1, forward->guest);
                if (error == EACCES)
                        refuse("no permission for port %u on this host; choose one above 1023 with -p 8080:%u", port,
                               forward->guest);
                if (error != 0)
                        refuse("port %u on this host: %s", port, strerror(error));
        }
}

static void check_tap(const char *name)
{
        if (if_nametoindex(name) == 0)
                refuse("there is no tap device %s; make it: sudo ip tuntap add dev %s mode tap user $USER", name, name);
        const int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
        if (tun < 0)
                refuse("a tap device needs /dev/net/tun: %s", strerror(errno));
        struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
        snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
        if (ioctl(tun, TUNSETIFF, &request) != 0) {
                if (errno == EPERM)
                        refuse("no permission for tap device %s; make it yours: sudo ip tuntap add dev %s mode tap "
                               "user $USER",
                               name, name);
                if (errno == EBUSY)
                        refuse("tap device %s is in use; is another guest on it?", name);
                refuse("%s is not a tap device: %s", name, strerror(errno));
        }
        close(tun);
}

void prepare_network(const struct run_options *options, const char *(*holder)(const struct forward *forward))
{
        check_ports(options, holder);
        if (options->net == NET_TAP)
                check_tap(options->tap);
}
