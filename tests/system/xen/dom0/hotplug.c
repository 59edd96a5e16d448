/*
 * libxl's hotplug scripts of dom0, as one program: vif-bridge puts the backend's interface on its bridge; block gives a
 * file a loop device, and takes a block device as it is. Which of them it is, its name says.
 *
 * Linked statically, it is one process where a shell script is half a dozen: each costs an emulated dom0 some 50 ms.
 * libxl waits until it ends, and then looks for hotplug-status.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <xenstore.h>

struct backend {
        struct xs_handle *store;
        const char *path; /* of the backend, in the store */
};

static const char *key_path(const struct backend *backend, const char *key)
{
        static char path[512];
        snprintf(path, sizeof(path), "%s/%s", backend->path, key);
        return path;
}

/* NULL: there is no such key. */
static char *read_key(const struct backend *backend, const char *key)
{
        unsigned int length;
        return xs_read(backend->store, XBT_NULL, key_path(backend, key), &length);
}

static bool write_key(const struct backend *backend, const char *key, const char *value)
{
        return xs_write(backend->store, XBT_NULL, key_path(backend, key), value, strlen(value));
}

/* libxl prints what is in hotplug-error. */
__attribute__((format(printf, 2, 3))) static int fail(const struct backend *backend, const char *format, ...)
{
        char why[512];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(why, sizeof(why), format, arguments);
        va_end(arguments);
        write_key(backend, "hotplug-error", why);
        write_key(backend, "hotplug-status", "error");
        return 1;
}

static int connected(const struct backend *backend)
{
        return !write_key(backend, "hotplug-status", "connected");
}

/* ---- vif-bridge ---- */

static bool join_bridge(const char *interface, const char *bridge)
{
        struct ifreq request = {.ifr_flags = 0};
        const int any = socket(AF_INET, SOCK_DGRAM, 0);
        strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
        if (ioctl(any, SIOCGIFFLAGS, &request) != 0)
                return false;
        request.ifr_flags |= IFF_UP;
        if (ioctl(any, SIOCSIFFLAGS, &request) != 0)
                return false;
        const unsigned int index = if_nametoindex(interface);
        memset(&request, 0, sizeof(request));
        strncpy(request.ifr_name, bridge, IFNAMSIZ - 1);
        request.ifr_ifindex = (int)index;
        return ioctl(any, SIOCBRADDIF, &request) == 0;
}

static int vif_bridge(const struct backend *backend, const char *order)
{
        if (strcmp(order, "online") != 0) {
                /* The kernel has taken the interface from its bridge when it went. */
                xs_rm(backend->store, XBT_NULL, key_path(backend, "hotplug-status"));
                return 0;
        }
        const char *interface = getenv("vif"), *bridge = read_key(backend, "bridge");
        if (interface == NULL || bridge == NULL)
                return fail(backend, "the interface or its bridge has no name");
        if (!join_bridge(interface, bridge))
                return fail(backend, "%s cannot join %s: %s", interface, bridge, strerror(errno));
        return connected(backend);
}

/* ---- block ---- */

/* Attaches the file to a free loop device, whose name goes to `device`. */
static bool loop(const char *file, char *device, size_t size)
{
        const int control = open("/dev/loop-control", O_RDWR), content = open(file, O_RDWR);
        const int number = ioctl(control, LOOP_CTL_GET_FREE);
        if (content < 0 || number < 0)
                return false;
        snprintf(device, size, "/dev/loop%d", number);
        return ioctl(open(device, O_RDWR), LOOP_SET_FD, content) == 0;
}

static int block_add(const struct backend *backend)
{
        const char *target = read_key(backend, "params");
        char device[64], numbers[32];
        struct stat found;
        if (target == NULL || stat(target, &found) != 0)
                return fail(backend, "there is no disk %s: %s", target != NULL ? target : "named", strerror(errno));
        if (S_ISREG(found.st_mode) &&
            (!loop(target, device, sizeof(device)) || !write_key(backend, "node", device) || stat(device, &found) != 0))
                return fail(backend, "%s gets no loop device: %s", target, strerror(errno));
        snprintf(numbers, sizeof(numbers), "%x:%x", major(found.st_rdev), minor(found.st_rdev));
        write_key(backend, "physical-device", numbers);
        return connected(backend);
}

static int block(const struct backend *backend, const char *order)
{
        if (strcmp(order, "add") == 0)
                return block_add(backend);
        const char *node = read_key(backend, "node");
        return node != NULL && ioctl(open(node, O_RDWR), LOOP_CLR_FD) != 0;
}

int main(int argc, char **argv)
{
        const struct backend backend = {.store = xs_open(0), .path = getenv("XENBUS_PATH")};
        if (argc < 2 || backend.store == NULL || backend.path == NULL) {
                fputs("hotplug: libxl starts this, with an order, XENBUS_PATH and a store\n", stderr);
                return 2;
        }
        const char *name = strrchr(argv[0], '/');
        return strcmp(name != NULL ? name + 1 : argv[0], "block") == 0 ? block(&backend, argv[1])
                                                                       : vif_bridge(&backend, argv[1]);
}
