/* User data and meta-data; see cloud.h and docs/instance.md, which has the keys. */
#include "cloud.h"

#include <stdlib.h>
#include <string.h>

#include <coracle/log.h>

#include "document.h"

/* The tree of a text that must be a map, or NULL with a line in the log. */
static struct node *parse_map(const struct instance_source *source, const char *what, const char *text, size_t bytes)
{
        char why[120];
        struct instance_shown shown;
        struct node *root = document_parse(text, bytes, why, sizeof(why));
        if (root != NULL && root->kind == NODE_MAP)
                return root;
        if (root != NULL)
                log_warning("instance", "%s: %s: not a map of keys and values; it is ignored", source->name, what);
        else if (why[0] != '\0')
                log_warning("instance", "%s: %s: %s; it is ignored", source->name, what, instance_shown(why, &shown));
        document_free(root);
        return NULL;
}

void cloud_meta_data(const struct instance_source *source, const char *text, size_t bytes)
{
        static const char *const ids[] = {"instance-id", "uuid"};
        static const char *const names[] = {"local-hostname", "hostname"};
        struct node *root = parse_map(source, "meta-data", text, bytes);
        for (unsigned i = 0; i < 2; i++) {
                const char *id = node_get_text(root, ids[i]);
                if (id != NULL)
                        instance_keep_id(id);
        }
        const char *name = NULL;
        for (unsigned i = 0; i < 2 && name == NULL; i++)
                name = node_get_text(root, names[i]);
        if (name != NULL && *name != '\0')
                instance_hostname(source, name);
        document_free(root);
}

/* ---- #cloud-config ---- */

static void write_file(const struct instance_source *source, const struct node *item)
{
        struct instance_shown shown;
        const char *path = node_get_text(item, "path");
        const char *encoding = node_get_text(item, "encoding");
        const struct node *content = node_get(item, "content");
        if (path == NULL || (content != NULL && content->kind != NODE_TEXT)) {
                log_warning("instance",
                            "%s: write_files: an item without a path or with a content that is no text; it is "
                            "left out",
                            source->name);
                return;
        }
        if (node_is_true(node_get(item, "append"))) {
                log_warning("instance", "%s: write_files: \"%s\": nothing can be appended to a file; it is left out",
                            source->name, instance_shown(path, &shown));
                return;
        }
        long length = content != NULL ? (long)content->bytes : 0;
        if (encoding != NULL && (strcmp(encoding, "b64") == 0 || strcmp(encoding, "base64") == 0)) {
                if (content != NULL)
                        length = base64_decode(content->text, content->bytes);
        } else if (encoding != NULL && strcmp(encoding, "text/plain") != 0) {
                log_warning("instance",
                            "%s: write_files: \"%s\" has an encoding that is not known here (text/plain, b64); "
                            "it is left out",
                            source->name, instance_shown(path, &shown));
                return;
        }
        if (length < 0)
                log_warning("instance", "%s: write_files: \"%s\" is not base64; it is left out", source->name,
                            instance_shown(path, &shown));
        else
                instance_file(source, path, content != NULL ? content->text : "", (size_t)length);
}

static void set_environment(const struct instance_source *source, const struct node *map)
{
        for (const struct node *item = map->first; item != NULL; item = item->next) {
                struct instance_shown shown;
                const char *value = node_text(item);
                if (value == NULL)
                        log_warning("instance", "%s: environment: the value of \"%s\" is not a text; it is ignored",
                                    source->name, instance_shown(item->key, &shown));
                else if (strncmp(item->key, "coracle.", 8) == 0)
                        log_warning("instance",
                                    "%s: environment: \"%s\" is an option, which belongs into cmdline; it is "
                                    "ignored",
                                    source->name, instance_shown(item->key, &shown));
                else
                        instance_value(source, item->key, value);
        }
}

static void add_arguments(const struct instance_source *source, const struct node *list)
{
        for (const struct node *item = list->first; item != NULL; item = item->next) {
                const char *text = node_text(item);
                if (text != NULL)
                        instance_argument(source, text);
                else
                        log_warning("instance", "%s: arguments: one is not a text; it is ignored", source->name);
        }
}

/* The key `coracle`. */
static void take_ours(const struct instance_source *source, const struct node *ours)
{
        const struct node *environment = node_get(ours, "environment"), *arguments = node_get(ours, "arguments");
        const char *line = node_get_text(ours, "cmdline");
        if (ours->kind != NODE_MAP || (environment != NULL && environment->kind != NODE_MAP) ||
            (arguments != NULL && arguments->kind != NODE_LIST)) {
                log_warning("instance",
                            "%s: coracle: not a map with a map \"environment\", a list \"arguments\", a text "
                            "\"cmdline\"; it is ignored",
                            source->name);
                return;
        }
        if (line != NULL)
                instance_line(source, "cmdline", line, strlen(line));
        if (environment != NULL)
                set_environment(source, environment);
        if (arguments != NULL)
                add_arguments(source, arguments);
}

static void take_cloud_config(const struct instance_source *source, const char *text, size_t bytes)
{
        struct node *root = parse_map(source, "user-data", text, bytes);
        for (const struct node *node = root != NULL ? root->first : NULL; node != NULL; node = node->next) {
                struct instance_shown shown;
                if (strcmp(node->key, "hostname") == 0 && node_text(node) != NULL) {
                        instance_hostname(source, node_text(node));
                } else if (strcmp(node->key, "write_files") == 0 && node->kind == NODE_LIST) {
                        for (const struct node *item = node->first; item != NULL; item = item->next)
                                write_file(source, item);
                } else if (strcmp(node->key, "coracle") == 0) {
                        take_ours(source, node);
                } else {
                        log_info("instance", "%s: user-data: \"%s\" means nothing here", source->name,
                                 instance_shown(node->key, &shown));
                }
        }
        document_free(root);
}

/* Whether the text's first line is this word, up to blanks. */
static bool begins(const char *text, size_t bytes, const char *word)
{
        const size_t length = strlen(word);
        return bytes >= length && memcmp(text, word, length) == 0 &&
               (bytes == length || text[length] == '\n' || text[length] == '\r' || text[length] == ' ');
}

void cloud_user_data(const struct instance_source *source, const char *text, size_t bytes)
{
        static const char ours[] = "#coracle";
        if (bytes == 0)
                return;
        instance_keep_user_data(text, bytes);
        if (begins(text, bytes, "#cloud-config"))
                take_cloud_config(source, text, bytes);
        else if (begins(text, bytes, ours))
                instance_line(source, "user-data", text + sizeof(ours) - 1, bytes - (sizeof(ours) - 1));
        else if (bytes >= 2 && memcmp(text, "\x1f\x8b", 2) == 0)
                log_warning("instance", "%s: user-data: it is compressed, which is not taken", source->name);
        else
                log_info("instance", "%s: user-data: neither #cloud-config nor #coracle; it is the program's alone",
                         source->name);
}
