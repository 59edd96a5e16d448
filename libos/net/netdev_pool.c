/* Receive buffers of a network device (coracle/netdev_pool.h). */
#include <coracle/netdev_pool.h>

#include <string.h>

#include <coracle/memory.h>
#include <platform.h>

void netdev_pool_init(struct netdev_pool *pool, uint32_t most, void (*grow)(struct netdev_pool *pool),
                      void (*wake)(void *ctx), void *ctx)
{
        *pool = (struct netdev_pool){.most = most, .grow = grow, .wake = wake, .ctx = ctx};
}

void netdev_pool_release(struct netdev_buffer *buffer)
{
        struct netdev_pool *pool = buffer->driver_data;
        struct netdev_buffer *head = atomic_load_explicit(&pool->returned, memory_order_relaxed);
        do
                buffer->next = head;
        while (!atomic_compare_exchange_weak(&pool->returned, &head, buffer));
        /* The device had run dry and the stack sleeps: nothing but this buffer can bring a packet. */
        if (atomic_load(&pool->dry) && atomic_exchange(&pool->dry, false))
                pool->wake(pool->ctx);
}

void netdev_pool_put_packet(struct netdev_pool *pool, struct netdev_buffer *packet)
{
        while (packet != NULL) {
                struct netdev_buffer *next = packet->next;
                netdev_pool_put(pool, packet);
                packet = next;
        }
}

struct netdev_buffer *netdev_pool_take(struct netdev_pool *pool)
{
        if (pool->spare == NULL)
                pool->spare = atomic_exchange_explicit(&pool->returned, NULL, memory_order_acquire);
        if (pool->spare == NULL)
                pool->grow(pool);
        struct netdev_buffer *buffer = pool->spare;
        if (buffer != NULL)
                pool->spare = buffer->next;
        return buffer;
}

bool netdev_pool_run_dry(struct netdev_pool *pool)
{
        /* Order against release: whoever comes second sees the other (both are sequentially consistent). */
        atomic_store(&pool->dry, true);
        if (atomic_load(&pool->returned) == NULL)
                return false;
        atomic_store(&pool->dry, false);
        return true;
}

void netdev_pool_grow_halves(struct netdev_pool *pool)
{
        char *page = pool->total + 2 <= pool->most ? page_alloc(0) : NULL;
        if (page == NULL)
                return;
        for (unsigned offset = 0; offset < PLATFORM_PAGE_SIZE; offset += NETDEV_HALF_BYTES) {
                struct netdev_half *buffer = (struct netdev_half *)(void *)(page + offset);
                memset(buffer, 0, sizeof *buffer);
                buffer->public.release = netdev_pool_release;
                buffer->public.driver_data = pool;
                buffer->address = platform_dma_address(buffer->space);
                netdev_pool_put(pool, &buffer->public);
                pool->total++;
        }
}
