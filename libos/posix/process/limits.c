/* sysconf, pathconf, resource limits and use. Limits are what the system can do; they cannot be changed. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <unistd.h>

#include <coracle/memory.h>
#include <coracle/sched.h>

#include <platform.h>

#include "../edge.h"
#include "../file/table.h"

#define TICKS_PER_SECOND 1000000 /* of times(): newlib's clock() takes CLOCKS_PER_SEC for granted */
#define ARGUMENT_BYTES   4096

static long memory_pages(bool free_only)
{
        struct memory_statistics statistics;
        memory_statistics(&statistics);
        return (long)((free_only ? statistics.free_bytes : statistics.total_bytes) / PLATFORM_PAGE_SIZE);
}

long sysconf(int name)
{
        switch (name) {
        case _SC_PAGESIZE:
                return PLATFORM_PAGE_SIZE;
        case _SC_NPROCESSORS_CONF:
        case _SC_NPROCESSORS_ONLN:
                return 1;
        case _SC_PHYS_PAGES:
                return memory_pages(false);
        case _SC_AVPHYS_PAGES:
                return memory_pages(true);
        case _SC_CLK_TCK:
                return TICKS_PER_SECOND;
        case _SC_OPEN_MAX:
                return DESCRIPTORS_MAX;
        case _SC_ARG_MAX:
                return ARGUMENT_BYTES;
        case _SC_IOV_MAX:
                return IOV_MAX;
        case _SC_HOST_NAME_MAX:
                return 64;
        case _SC_LOGIN_NAME_MAX:
                return 32;
        case _SC_NGROUPS_MAX:
        case _SC_CHILD_MAX:
                return 1;
        case _SC_GETPW_R_SIZE_MAX:
        case _SC_GETGR_R_SIZE_MAX:
                return 64;
        case _SC_THREAD_STACK_MIN:
                return 16384;
        case _SC_THREADS:
        case _SC_TIMERS:
        case _SC_MONOTONIC_CLOCK:
        case _SC_THREAD_ATTR_STACKSIZE:
        case _SC_THREAD_SAFE_FUNCTIONS:
        case _SC_READER_WRITER_LOCKS:
        case _SC_BARRIERS:
        case _SC_SEMAPHORES:
        case _SC_SPIN_LOCKS:
        case _SC_TIMEOUTS:
        case _SC_CLOCK_SELECTION:
        case _SC_MAPPED_FILES:
        case _SC_FSYNC:
        case _SC_IPV6:
        case _SC_VERSION:
                return 200809L;
        case _SC_JOB_CONTROL:
        case _SC_SAVED_IDS:
        case _SC_MEMLOCK:
        case _SC_MEMORY_PROTECTION:
        case _SC_PRIORITY_SCHEDULING:
        case _SC_REALTIME_SIGNALS:
        case _SC_ASYNCHRONOUS_IO:
        case _SC_MESSAGE_PASSING:
        case _SC_SHARED_MEMORY_OBJECTS:
                return -1; /* not offered: no error */
        default:
                return edge_status(-EINVAL);
        }
}

long pathconf(const char *path, int name)
{
        (void)path;
        switch (name) {
        case _PC_NAME_MAX:
                return 255;
        case _PC_PATH_MAX:
                return PATH_MAX;
        case _PC_PIPE_BUF:
                return 4096;
        case _PC_LINK_MAX:
        case _PC_NO_TRUNC:
        case _PC_CHOWN_RESTRICTED:
                return 1;
        default:
                return edge_status(-EINVAL);
        }
}

long fpathconf(int descriptor, int name)
{
        return descriptor_close_on_exec(descriptor) < 0 ? edge_status(-EBADF) : pathconf("/", name);
}

int getpagesize(void)
{
        return PLATFORM_PAGE_SIZE;
}

int getdtablesize(void)
{
        return DESCRIPTORS_MAX;
}

/* The main thread's, as elsewhere: the others' are their attributes'. */
static rlim_t stack_bytes(void)
{
        void *lowest;
        size_t bytes, guard_bytes;
        thread_stack(thread_main(), &lowest, &bytes, &guard_bytes);
        return bytes;
}

static rlim_t limit_of(int resource)
{
        switch (resource) {
        case RLIMIT_NOFILE:
                return DESCRIPTORS_MAX;
        case RLIMIT_STACK:
                return stack_bytes();
        case RLIMIT_CORE:
                return 0;
        case RLIMIT_NPROC:
                return 1;
        default:
                return RLIM_INFINITY;
        }
}

int getrlimit(int resource, struct rlimit *limit)
{
        if (resource < 0 || resource >= RLIM_NLIMITS)
                return edge_status(-EINVAL);
        *limit = (struct rlimit){limit_of(resource), limit_of(resource)};
        return 0;
}

/* Accepts what changes nothing and what asks for less; to promise more would be a lie. */
int setrlimit(int resource, const struct rlimit *limit)
{
        if (resource < 0 || resource >= RLIM_NLIMITS || limit->rlim_cur > limit->rlim_max)
                return edge_status(-EINVAL);
        return edge_status(limit->rlim_max > limit_of(resource) ? -EPERM : 0);
}

int getrusage(int who, struct rusage *usage)
{
        if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD)
                return edge_status(-EINVAL);
        memset(usage, 0, sizeof(*usage));
        if (who == RUSAGE_CHILDREN)
                return 0;
        uint64_t us = platform_clock_monotonic() / 1000;
        usage->ru_utime = (struct timeval){(time_t)(us / 1000000), (suseconds_t)(us % 1000000)};
        usage->ru_maxrss = (memory_pages(false) - memory_pages(true)) * (long)(PLATFORM_PAGE_SIZE / 1024);
        return 0;
}

int getpriority(int which, id_t who)
{
        (void)which;
        (void)who;
        return 0;
}

int setpriority(int which, id_t who, int priority)
{
        (void)which;
        (void)who;
        return edge_status(priority == 0 ? 0 : -EPERM);
}

int nice(int increment)
{
        return edge_status(increment == 0 ? 0 : -EPERM);
}

int sysinfo(struct sysinfo *info)
{
        memset(info, 0, sizeof(*info));
        info->uptime = (long)(platform_clock_monotonic() / 1000000000);
        info->totalram = (unsigned long)memory_pages(false);
        info->freeram = (unsigned long)memory_pages(true);
        info->procs = (unsigned short)thread_count();
        info->mem_unit = PLATFORM_PAGE_SIZE;
        return 0;
}

int get_nprocs(void)
{
        return 1;
}

int get_nprocs_conf(void)
{
        return 1;
}
