/* The table of hypervisors; see hosts.h. */
#include "hosts.h"

#include "features.h"

const char *const host_device_names[HOST_DEVICES] = {"console", "network", "disk"};

/* What stands for the use of each device; a console always has one. */
static const char *const users[HOST_DEVICES] = {NULL, "TCP/IP network", "block devices"};

static const struct host_way serial_or_pci[] = {{"serial console", {"serial console"}},
                                                {"virtio-console over PCI", {"virtio-console", "virtio over PCI"}},
                                                {0}};
static const struct host_way serial_or_mmio[] = {{"serial console", {"serial console"}},
                                                 {"virtio-console over MMIO", {"virtio-console", "virtio over MMIO"}},
                                                 {0}};
static const struct host_way net_pci[] = {{"virtio-net over PCI", {"virtio-net", "virtio over PCI"}}, {0}};
static const struct host_way net_mmio[] = {{"virtio-net over MMIO", {"virtio-net", "virtio over MMIO"}}, {0}};
static const struct host_way disk_pci[] = {{"virtio-blk over PCI", {"virtio-blk", "virtio over PCI"}}, {0}};
static const struct host_way disk_mmio[] = {{"virtio-blk over MMIO", {"virtio-blk", "virtio over MMIO"}}, {0}};
static const struct host_way xen_console[] = {{"Xen console", {"Xen console"}}, {0}};
static const struct host_way xen_net[] = {{"netfront", {"Xen netfront"}}, {0}};
static const struct host_way xen_disk[] = {{"blkfront", {"Xen blkfront"}}, {0}};

const struct host hosts[] = {
        {"QEMU pc", NULL, {serial_or_pci, net_pci, disk_pci}},
        {"QEMU q35", NULL, {serial_or_pci, net_pci, disk_pci}},
        {"QEMU microvm", NULL, {serial_or_mmio, net_mmio, disk_mmio}},
        {"Firecracker", NULL, {serial_or_mmio, net_mmio, disk_mmio}},
        {"Cloud Hypervisor", NULL, {serial_or_pci, net_pci, disk_pci}},
        {"Xen PVH", "Xen console", {xen_console, xen_net, xen_disk}},
};

const size_t host_count = sizeof(hosts) / sizeof(hosts[0]);

bool host_starts(const struct host *host, const struct record *record)
{
        return host->feature == NULL || feature_is_linked(host->feature, record);
}

bool host_device_is_used(enum host_device device, const struct record *record)
{
        return users[device] == NULL || feature_is_linked(users[device], record);
}

const char *host_device_way(const struct host *host, enum host_device device, const struct record *record)
{
        for (const struct host_way *way = host->devices[device]; way->name != NULL; way++) {
                if (feature_is_linked(way->features[0], record) &&
                    (way->features[1] == NULL || feature_is_linked(way->features[1], record)))
                        return way->name;
        }
        return NULL;
}
