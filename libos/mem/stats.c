/* coracle_memory_stats: the memory of the guest, for programs. */
#include <coracle/memory.h>
#include <coracle/stats.h>

void coracle_memory_stats(struct coracle_memory_stats *stats)
{
        struct memory_statistics memory;
        memory_statistics(&memory);
        stats->total_bytes = memory.total_bytes;
        stats->free_bytes = memory.free_bytes;
        stats->heap_bytes = memory.heap_bytes;
}
