/* Stacks with guard pages. A few that are free stay mapped, because mapping one costs a gate call or two. */
#include "stack.h"

#include <coracle/memory.h>
#include <coracle/sched.h>

#define KEPT_MAX 16u

/* At the start of a kept stack. */
struct kept {
        struct kept *next;
        size_t bytes, guard_bytes;
};

static struct {
        struct spinlock lock;
        struct kept *first;
        unsigned count;
} stacks;

void *stack_alloc(size_t bytes, size_t guard_bytes)
{
        struct kept *found = NULL;

        spin_lock(&stacks.lock);
        for (struct kept **link = &stacks.first; *link != NULL; link = &(*link)->next) {
                if ((*link)->bytes == bytes && (*link)->guard_bytes == guard_bytes) {
                        found = *link;
                        *link = found->next;
                        stacks.count--;
                        break;
                }
        }
        spin_unlock(&stacks.lock);
        return found != NULL ? found : region_alloc_uncleared(bytes, guard_bytes);
}

void stack_free(void *stack, size_t bytes, size_t guard_bytes)
{
        bool keep = false;

        spin_lock(&stacks.lock);
        if (stacks.count < KEPT_MAX) {
                struct kept *kept = stack;

                *kept = (struct kept){.next = stacks.first, .bytes = bytes, .guard_bytes = guard_bytes};
                stacks.first = kept;
                stacks.count++;
                keep = true;
        }
        spin_unlock(&stacks.lock);
        if (!keep)
                region_free(stack, bytes, guard_bytes);
}
