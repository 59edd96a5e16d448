/*
 * A YAML or JSON text as a tree, read with libyaml: JSON is YAML but for surrogate pairs. Bounded: a text that is
 * large, deep or of many parts is refused, and so are aliases, by which a short text could mean a very long one.
 */
#ifndef CORACLE_INSTANCE_DOCUMENT_H
#define CORACLE_INSTANCE_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#define DOCUMENT_BYTES_MAX 262144u
#define DOCUMENT_NODES_MAX 8192u
#define DOCUMENT_DEPTH_MAX 16u

enum node_kind { NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
        enum node_kind kind;
        char *key;           /* in a map, else NULL */
        char *text;          /* of NODE_TEXT, followed by a NUL; may hold NULs itself */
        size_t bytes;        /* of the text */
        struct node *first;  /* of NODE_LIST and NODE_MAP */
        struct node *next;   /* in the list or map */
        struct node *parent; /* of the root: NULL */
};

/* The root of the first document in the text. NULL: it is none, `why` says where and why; or it is empty: "". */
struct node *document_parse(const char *text, size_t bytes, char *why, size_t why_bytes);
void document_free(struct node *root);

/* The value of a key in a map; NULL when `map` is not a map or NULL, or has no such key. Of several the last. */
const struct node *node_get(const struct node *map, const char *key);

/* The text of a NODE_TEXT without NULs in it, else NULL. */
const char *node_text(const struct node *node);

/* The text of a key of a map. */
const char *node_get_text(const struct node *map, const char *key);

/* Whether it is the text "true" or "yes" or "on". */
bool node_is_true(const struct node *node);

#endif
