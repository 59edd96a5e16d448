/* How much of the guest's memory the network stack may use, and the sizes that follow from it. */
#include "network.h"

#include "lwip/opt.h"

uint32_t network_tcp_window = 16384;
uint32_t network_tcp_send_copies = 16384;
uint32_t network_tcp_send_buffer = 16384;
struct network_limits network_limits = {.tcp_connections = 64, .time_wait = 64};

static uint64_t clamp(uint64_t value, uint64_t least, uint64_t most)
{
        if (value < least)
                return least;
        return value < most ? value : most;
}

void network_limits_set(uint64_t memory_bytes)
{
        network_heap_limit(memory_bytes / 4);
        /* A window of 1/256 of memory: 16 KiB in the smallest guest, 512 KiB (1 Gbit/s at 4 ms) from 128 MiB on. */
        network_tcp_window = (uint32_t)clamp(memory_bytes / 256, 16384, 512 * 1024) & ~4095u;
        network_tcp_send_copies = network_tcp_window;
        /* Four times as much costs as much memory when only headers and descriptors are allocated. */
        network_tcp_send_buffer = 4 * network_tcp_send_copies;
        network_limits.tcp_connections = (unsigned)clamp(memory_bytes / 32768, 64, 65536);
        network_limits.time_wait = (unsigned)clamp(network_limits.tcp_connections / 4, 32, 256);
}
