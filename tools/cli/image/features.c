/* The table of features, and how one is found in a link record; see features.h. */
#include "features.h"

#include <string.h>

const struct feature features[] = {
        {true, "serial console", {"platform_serial_"}},
        {true, "virtio-console", {"platform_virtio_console."}},
        {true, "virtio-net", {"platform_virtio_net."}},
        {true, "virtio-blk", {"platform_virtio_blk."}},
        {true, "virtio-rng", {"platform_virtio_rng."}},
        {true, "virtio over MMIO", {"platform_virtio_mmio."}},
        {true, "virtio over PCI", {"platform_virtio_pci."}},
        {true, "Xen netfront", {"platform_xen_net_"}},
        {true, "Xen blkfront", {"platform_xen_blk_"}},
        {true, "IDE CD-ROM drives", {"platform_cdrom_ide."}},
        {true, "AHCI CD-ROM drives", {"platform_cdrom_ahci."}},
        {true, "PCI", {"platform_pci_"}},
        {true, "ACPI power-off", {"platform_acpi_power."}},
        {true, "kvmclock", {"platform_kvm_clock."}},
        {true, "Xen console", {"platform_xen_console."}},
        {true, "Xen clock", {"platform_xen_clock."}},
        {true, "Xen timer", {"platform_xen_timer."}},
        {true, "real-time clock", {"platform_rtc_rtc."}},
        {true, "QEMU fw_cfg", {"platform_fw_cfg_"}},
        {false, "TCP/IP network", {"libos_net_start.", "core_ipv4_", "core_ipv6_"}},
        {false, "sockets", {"libos_net_socket_"}},
        {false, "names (DNS)", {"libos_net_names_resolve."}},
        {false, "files", {"libos_posix_path_open."}},
        {false, "carried file tree", {"libos_fs_tree", "carried.files."}},
        {false, "instance data", {"libos_instance_"}},
        {false, "block devices", {"libos_block_file."}},
        {false, "asynchronous I/O", {"libos_posix_aio_request."}},
        {false, "memory mappings", {"libos_posix_memory_mmap."}},
        {false, "threads (POSIX)", {"libos_posix_pthread_create."}},
        {false, "threads (C11)", {"libos_posix_pthread_c11."}},
        {false, "semaphores", {"libos_posix_pthread_semaphore"}},
        {false, "signals", {"libos_posix_process_signal."}},
        {false, "epoll", {"libos_posix_wait_epoll."}},
        {false, "poll", {"libos_posix_wait_poll."}},
        {false, "select", {"libos_posix_wait_select."}},
        {false, "pipes", {"libos_posix_wait_pipe."}},
        {false, "console input", {"libos_posix_console_input."}},
        {false, "heap", {"libos_mem_heap."}},
        {false, "printf of floats", {"libc_a-dtoa.", "libc_a-gdtoa-ldtoa."}},
        {false, "scanf", {"libc_a-svfscanf.", "libc_a-svfiscanf.", "libc_a-vfscanf.", "libc_a-vfiscanf."}},
        {false, "time zones", {"libc_a-tzset_r."}},
};

const size_t feature_count = sizeof(features) / sizeof(features[0]);

static bool belongs_to(const struct feature *feature, const struct record_member *member)
{
        const size_t most = sizeof(feature->prefixes) / sizeof(feature->prefixes[0]);
        for (size_t i = 0; i < most && feature->prefixes[i] != NULL; i++) {
                if (strncmp(member->name, feature->prefixes[i], strlen(feature->prefixes[i])) == 0)
                        return true;
        }
        return false;
}

/* How many steps to the program; a damaged record's loops count as long. */
static unsigned distance(const struct record_member *member)
{
        unsigned steps = 0;
        while (member->by != NULL && steps < 1000) {
                member = member->by;
                steps++;
        }
        return steps;
}

const struct record_member *feature_reason(const struct feature *feature, const struct record *record)
{
        const struct record_member *best = NULL;
        for (size_t i = 0; i < record->count; i++) {
                const struct record_member *member = &record->members[i];
                if (belongs_to(feature, member) && (best == NULL || distance(member) < distance(best)))
                        best = member;
        }
        return best;
}

bool feature_is_linked(const char *name, const struct record *record)
{
        for (size_t i = 0; i < feature_count; i++) {
                if (strcmp(features[i].name, name) == 0 && feature_reason(&features[i], record) != NULL)
                        return true;
        }
        return false;
}
