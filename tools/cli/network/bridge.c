/* Network namespaces, bridges and taps by system calls, the way ip(8) lays them out; see bridge.h. */
#include "bridge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../traffic/link_counters.h"

#define NAMESPACES "/run/netns"
#define BRIDGE     "br0"
#define NSFS_MAGIC 0x6e736673 /* statfs(2) of a namespace's file */

static void name_namespace(char path[128], const char *name)
{
        snprintf(path, 128, NAMESPACES "/coracle-%s", name);
}

int bridge_open(const char *name)
{
        char path[128];
        struct statfs status;
        name_namespace(path, name);
        const int file = open(path, O_RDONLY | O_CLOEXEC);
        /* Where the namespace was unmounted, or after a restart, there is an empty file. */
        if (file >= 0 && (fstatfs(file, &status) != 0 || status.f_type != NSFS_MAGIC)) {
                close(file);
                return -1;
        }
        return file;
}

/* ---- Inside the namespace ---- */

static bool bring_up(int control, const char *interface)
{
        struct ifreq request = {0};
        snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
        if (ioctl(control, SIOCGIFFLAGS, &request) != 0)
                return false;
        request.ifr_flags |= IFF_UP;
        return ioctl(control, SIOCSIFFLAGS, &request) == 0;
}

static bool set_address(int control, const char *interface, const char *address)
{
        char text[INET_ADDRSTRLEN] = "";
        struct sockaddr_in value = {.sin_family = AF_INET};
        struct ifreq request = {0};
        const char *slash = strchr(address, '/');
        const unsigned bits = slash != NULL ? (unsigned)strtoul(slash + 1, NULL, 10) : 32;
        snprintf(text, sizeof(text), "%.*s", (int)strcspn(address, "/"), address);
        if (inet_pton(AF_INET, text, &value.sin_addr) != 1 || bits == 0 || bits > 32) {
                errno = EINVAL;
                return false;
        }
        snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
        memcpy(&request.ifr_addr, &value, sizeof(value));
        if (ioctl(control, SIOCSIFADDR, &request) != 0)
                return false;
        value.sin_addr.s_addr = htonl(UINT32_MAX << (32 - bits));
        memcpy(&request.ifr_netmask, &value, sizeof(value));
        return ioctl(control, SIOCSIFNETMASK, &request) == 0;
}

static bool make_bridge(const char *address)
{
        const int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        const bool is_made = control >= 0 && bring_up(control, "lo") && ioctl(control, SIOCBRADDBR, BRIDGE) == 0 &&
                             set_address(control, BRIDGE, address) && bring_up(control, BRIDGE);
        const int error = errno;
        if (control >= 0)
                close(control);
        errno = error;
        return is_made;
}

/* The bridge first: a namespace that has a name has one. */
static bool make_namespace(const char *path, const char *address)
{
        if (unshare(CLONE_NEWNET) != 0 || !make_bridge(address))
                return false;
        if (mkdir(NAMESPACES, 0755) != 0 && errno != EEXIST)
                return false;
        const int file = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0444);
        if (file < 0)
                return false;
        close(file);
        return mount("/proc/self/ns/net", path, "none", MS_BIND, NULL) == 0;
}

int bridge_up(const char *name, const char *address)
{
        char path[128];
        name_namespace(path, name);
        const int there = bridge_open(name);
        if (there >= 0) {
                close(there);
                return 0;
        }
        fflush(NULL);
        const pid_t id = fork(); /* so that we stay where we are */
        if (id < 0)
                return errno;
        if (id == 0)
                _exit(make_namespace(path, address) ? 0 : errno);
        int status = 0;
        while (waitpid(id, &status, 0) < 0 && errno == EINTR)
                ;
        return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

void bridge_down(const char *name)
{
        char path[128];
        name_namespace(path, name);
        const int there = bridge_open(name);
        if (there < 0)
                return;
        close(there);
        if (umount2(path, MNT_DETACH) == 0)
                unlink(path);
}

/* ---- Taps ---- */

static int make_tap(const char *interface)
{
        struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
        const int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        const int tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
        struct ifreq bridge = {0};
        snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
        snprintf(bridge.ifr_name, sizeof(bridge.ifr_name), "%s", BRIDGE);
        bool is_made = control >= 0 && tap >= 0 && ioctl(tap, TUNSETIFF, &request) == 0;
        if (is_made) {
                bridge.ifr_ifindex = (int)if_nametoindex(interface);
                is_made = ioctl(control, SIOCBRADDIF, &bridge) == 0 && bring_up(control, interface);
        }
        const int error = errno;
        if (control >= 0)
                close(control);
        if (tap >= 0 && !is_made)
                close(tap);
        errno = error;
        return is_made ? tap : -1;
}

int bridge_join(const char *name, const char *interface, int *counters)
{
        const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        const int namespace = bridge_open(name);
        int tap = -1;
        if (home >= 0 && namespace >= 0 && setns(namespace, CLONE_NEWNET) == 0) {
                tap = make_tap(interface);
                const int error = errno;
                *counters = tap >= 0 ? link_counters_open() : -1;
                if (setns(home, CLONE_NEWNET) != 0)
                        abort(); /* nothing would be where we look for it */
                errno = error;
        }
        const int error = errno;
        if (home >= 0)
                close(home);
        if (namespace >= 0)
                close(namespace);
        errno = error;
        return tap;
}
