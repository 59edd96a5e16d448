/* Looks at /dev/kvm; see accel.h. */
#include "accel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

const char *kvm_why_not(bool thorough)
{
        static char why[128];
        const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
        if (kvm < 0) {
                if (errno == ENOENT)
                        return "this host has no /dev/kvm";
                if (errno == EACCES)
                        return "no permission for /dev/kvm; its group is usually kvm";
                snprintf(why, sizeof(why), "/dev/kvm: %s", strerror(errno));
                return why;
        }
        const char *problem = NULL;
        int machine = -1;
        if (ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION) {
                problem = "/dev/kvm speaks another version of its interface";
        } else if (thorough) {
                machine = ioctl(kvm, KVM_CREATE_VM, 0);
                if (machine < 0) {
                        snprintf(why, sizeof(why), "/dev/kvm makes no virtual machine: %s", strerror(errno));
                        problem = why;
                }
        }
        if (machine >= 0)
                close(machine);
        close(kvm);
        return problem;
}
