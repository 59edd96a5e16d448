/* YAML and JSON as a tree, made from libyaml's events; see document.h. */
#include "document.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <yaml.h>

#include <coracle/log.h>

struct builder {
        struct node *root;
        struct node *parent; /* the open list or map, NULL outside of the root */
        struct node *last;   /* what was added to it last */
        char *key;           /* of the map's next value */
        unsigned nodes, depth;
        const char *why;
};

void document_free(struct node *root)
{
        while (root != NULL) { /* without recursion: children are moved up before their parent goes */
                struct node *next = root->first != NULL ? root->first : root->next;
                if (root->first != NULL) {
                        struct node *last = root->first;
                        while (last->next != NULL)
                                last = last->next;
                        last->next = root->next;
                }
                free(root->key);
                free(root->text);
                free(root);
                root = next;
        }
}

/* Adds a node of the kind where the builder is. NULL: it has no place there, or there is no room. */
static struct node *add(struct builder *builder, enum node_kind kind)
{
        const bool in_map = builder->parent != NULL && builder->parent->kind == NODE_MAP;
        if (++builder->nodes > DOCUMENT_NODES_MAX) {
                builder->why = "too many values";
                return NULL;
        }
        if (in_map && builder->key == NULL) {
                builder->why = "a key is a list or a map";
                return NULL;
        }
        struct node *node = calloc(1, sizeof(*node));
        if (node == NULL) {
                builder->why = "no memory";
                return NULL;
        }
        node->kind = kind;
        node->key = builder->key;
        node->parent = builder->parent;
        builder->key = NULL;
        if (builder->last != NULL)
                builder->last->next = node;
        else if (builder->parent != NULL)
                builder->parent->first = node;
        else
                builder->root = node;
        builder->last = node;
        return node;
}

static bool open_collection(struct builder *builder, enum node_kind kind)
{
        struct node *node = add(builder, kind);
        if (node == NULL)
                return false;
        if (++builder->depth > DOCUMENT_DEPTH_MAX) {
                builder->why = "lists and maps are nested too deeply";
                return false;
        }
        builder->parent = node;
        builder->last = NULL;
        return true;
}

static void close_collection(struct builder *builder)
{
        if (builder->parent == NULL)
                return; /* libyaml ends only what it began */
        builder->last = builder->parent;
        builder->parent = builder->parent->parent;
        builder->depth--;
}

static char *copy_text(const yaml_event_t *event)
{
        const size_t bytes = event->data.scalar.length;
        char *text = malloc(bytes + 1);
        if (text != NULL) {
                memcpy(text, event->data.scalar.value, bytes);
                text[bytes] = '\0';
        }
        return text;
}

static bool add_scalar(struct builder *builder, const yaml_event_t *event)
{
        char *text = copy_text(event);
        if (text == NULL) {
                builder->why = "no memory";
                return false;
        }
        if (builder->parent != NULL && builder->parent->kind == NODE_MAP && builder->key == NULL) {
                builder->key = text;
                return true;
        }
        struct node *node = add(builder, NODE_TEXT);
        if (node == NULL) {
                free(text);
                return false;
        }
        node->text = text;
        node->bytes = event->data.scalar.length;
        return true;
}

/* False: the event ends the document, or builder->why says what is wrong. */
static bool take(struct builder *builder, const yaml_event_t *event)
{
        switch (event->type) {
        case YAML_ALIAS_EVENT:
                builder->why = "aliases (*name) are not taken";
                return false;
        case YAML_SCALAR_EVENT:
                return add_scalar(builder, event);
        case YAML_SEQUENCE_START_EVENT:
                return open_collection(builder, NODE_LIST);
        case YAML_MAPPING_START_EVENT:
                return open_collection(builder, NODE_MAP);
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT:
                close_collection(builder);
                return true;
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_START_EVENT:
                return true;
        default:
                return false;
        }
}

static unsigned hex_of(const char *digits)
{
        unsigned value = 0;
        for (unsigned i = 0; i < 4; i++) {
                const char c = digits[i];
                const unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                                       : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                       : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                              : 0x10000;
                value = value << 4 | digit;
        }
        return value;
}

/*
 * JSON writes a character beyond the first 65,536 as two (RFC 8259, section 7), YAML as one, which is shorter: "\U" and
 * 8 digits instead of twice "\u" and 4. The text is changed in place. Returns its new length.
 */
static size_t join_surrogates(char *text, size_t bytes)
{
        size_t to = 0;
        for (size_t from = 0; from < bytes;) {
                const bool pair = bytes - from >= 12 && memcmp(text + from, "\\u", 2) == 0 &&
                                  memcmp(text + from + 6, "\\u", 2) == 0;
                const unsigned high = pair ? hex_of(text + from + 2) : 0, low = pair ? hex_of(text + from + 8) : 0;
                if (high >> 10 == 0xd800 >> 10 && low >> 10 == 0xdc00 >> 10) {
                        char joined[16];
                        const unsigned character = 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff));
                        format_text(joined, sizeof(joined), "\\U%08x", character);
                        memcpy(text + to, joined, 10);
                        to += 10;
                        from += 12;
                        continue;
                }
                if (text[from] == '\\' && bytes - from >= 2)
                        text[to++] = text[from++]; /* and what it quotes: a backslash, say */
                text[to++] = text[from++];
        }
        return to;
}

/* Where JSON starts: the blanks before it may be tabs, which YAML does not take there. `bytes`: it is not JSON. */
static size_t start_of_json(const char *text, size_t bytes)
{
        size_t at = 0;
        while (at < bytes && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r'))
                at++;
        return at < bytes && (text[at] == '{' || text[at] == '[') ? at : bytes;
}

/* Feeds the builder with the first document's events. Returns whether it is whole. */
static bool build(struct builder *builder, yaml_parser_t *parser, char *why, size_t why_bytes)
{
        for (;;) {
                yaml_event_t event;
                if (!yaml_parser_parse(parser, &event)) {
                        const char *problem = parser->problem != NULL ? parser->problem : "no memory";
                        format_text(why, why_bytes, "line %zu: %s", parser->problem_mark.line + 1, problem);
                        return false;
                }
                const size_t line = event.start_mark.line + 1;
                const bool more = take(builder, &event);
                yaml_event_delete(&event);
                if (builder->why != NULL) {
                        format_text(why, why_bytes, "line %zu: %s", line, builder->why);
                        return false;
                }
                if (!more)
                        return true;
        }
}

struct node *document_parse(const char *text, size_t bytes, char *why, size_t why_bytes)
{
        struct builder builder = {0};
        yaml_parser_t parser;
        why[0] = '\0';
        if (bytes > DOCUMENT_BYTES_MAX) {
                format_text(why, why_bytes, "it is larger than %u bytes", DOCUMENT_BYTES_MAX);
                return NULL;
        }
        char *copy = malloc(bytes + 1);
        if (copy == NULL || !yaml_parser_initialize(&parser)) {
                format_text(why, why_bytes, "no memory");
                free(copy);
                return NULL;
        }
        memcpy(copy, text, bytes);
        const size_t json = start_of_json(copy, bytes);
        const size_t start = json != bytes ? json : 0;
        const size_t length = json != bytes ? join_surrogates(copy + json, bytes - json) : bytes;
        yaml_parser_set_input_string(&parser, (const unsigned char *)copy + start, length);
        const bool whole = build(&builder, &parser, why, why_bytes);
        yaml_parser_delete(&parser);
        free(copy);
        free(builder.key);
        if (!whole) {
                document_free(builder.root);
                return NULL;
        }
        return builder.root;
}

const struct node *node_get(const struct node *map, const char *key)
{
        const struct node *found = NULL;
        if (map == NULL || map->kind != NODE_MAP)
                return NULL;
        for (const struct node *node = map->first; node != NULL; node = node->next) {
                if (strcmp(node->key, key) == 0)
                        found = node;
        }
        return found;
}

const char *node_text(const struct node *node)
{
        return node != NULL && node->kind == NODE_TEXT && strlen(node->text) == node->bytes ? node->text : NULL;
}

const char *node_get_text(const struct node *map, const char *key)
{
        return node_text(node_get(map, key));
}

bool node_is_true(const struct node *node)
{
        const char *text = node_text(node);
        return text != NULL &&
               (strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0 || strcasecmp(text, "on") == 0);
}
