/* Intrusive doubly linked lists. An empty list's head points at itself; an unlinked node is all NULL. */
#ifndef CORACLE_LIST_H
#define CORACLE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
        struct list *next, *prev;
};

#define LIST_INIT(name)                                                                                                \
        {                                                                                                              \
                &(name), &(name)                                                                                       \
        }
#define list_entry(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void list_init(struct list *head)
{
        head->next = head;
        head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
        return head->next == head;
}

static inline bool list_linked(const struct list *node)
{
        return node->next != NULL;
}

static inline void list_insert_before(struct list *position, struct list *node)
{
        node->prev = position->prev;
        node->next = position;
        position->prev->next = node;
        position->prev = node;
}

static inline void list_append(struct list *head, struct list *node)
{
        list_insert_before(head, node);
}

static inline void list_remove(struct list *node)
{
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): the caller has it on a list */
        node->prev->next = node->next;
        node->next->prev = node->prev;
        node->next = NULL;
        node->prev = NULL;
}

#define list_first(head)          ((head)->next)
#define list_for_each(node, head) for (struct list *node = (head)->next; node != (head); node = node->next)
/* The body may remove `node`. */
#define list_for_each_safe(node, head)                                                                                 \
        for (struct list *node = (head)->next, *node##_next = node->next; node != (head);                              \
             node = node##_next, node##_next = node->next)

#endif
