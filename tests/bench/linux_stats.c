/* What apps/httpd asks its guest, answered for the Linux peer: the numbers are not the subject of the benchmark. */
#include <string.h>
#include <unistd.h>

#include <coracle/stats.h>

uint64_t coracle_uptime_ns(void)
{
        return 0;
}

int coracle_cpu_stolen_ns(uint64_t *nanoseconds)
{
        (void)nanoseconds;
        return -1;
}

void coracle_memory_stats(struct coracle_memory_stats *stats)
{
        *stats = (struct coracle_memory_stats){.total_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) *
                                                              (uint64_t)sysconf(_SC_PAGESIZE)};
}

unsigned coracle_thread_count(void)
{
        return 1;
}

int coracle_netdev_stats(unsigned index, struct coracle_netdev_stats *stats)
{
        (void)index;
        memset(stats, 0, sizeof *stats);
        return -1;
}

void coracle_tcp_stats(unsigned counts[CORACLE_TCP_STATES])
{
        memset(counts, 0, CORACLE_TCP_STATES * sizeof counts[0]);
}

const char *coracle_tcp_state_name(enum coracle_tcp_state state)
{
        (void)state;
        return "unknown";
}
