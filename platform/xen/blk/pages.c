/* Pages that stay granted to the backend, last in first out, as blkif.h recommends: it may keep only some mapped. */
#include <errno.h>
#include <string.h>

#include <coracle/memory.h>
#include <platform.h>
#include <xen/blk/blk.h>

int xen_blk_pool_init(struct xen_blk_pool *pool, unsigned limit)
{
        pool->all = page_alloc(page_order(limit * sizeof *pool->all));
        if (pool->all == NULL)
                return -ENOMEM;
        pool->limit = limit;
        return 0;
}

/* One more page, zero: what was in it before is none of the backend's business. */
static struct xen_blk_page *make_page(struct xen_blk *blk)
{
        struct xen_blk_pool *pool = &blk->pool;
        if (pool->made == pool->limit)
                return NULL;
        struct xen_blk_page *page = &pool->all[pool->made];
        page->data = page_alloc(0);
        if (page->data == NULL)
                return NULL;
        memset(page->data, 0, PLATFORM_PAGE_SIZE);
        if (xenbus_grant(&blk->device, page->data, 1, &page->grant) != 0) {
                page_free(page->data, 0);
                return NULL;
        }
        pool->made++;
        return page;
}

struct xen_blk_page *xen_blk_page_take(struct xen_blk *blk)
{
        struct xen_blk_page *page = blk->pool.free;
        if (page == NULL)
                return make_page(blk);
        blk->pool.free = page->next;
        return page;
}

void xen_blk_page_give(struct xen_blk *blk, struct xen_blk_page *page)
{
        page->next = blk->pool.free;
        blk->pool.free = page;
}

/* A page that the backend still has is lost. */
void xen_blk_pool_release(struct xen_blk_pool *pool)
{
        for (unsigned i = 0; i < pool->made; i++)
                if (grant_revoke(pool->all[i].grant) == 0)
                        page_free(pool->all[i].data, 0);
        pool->made = 0;
        pool->free = NULL;
}
