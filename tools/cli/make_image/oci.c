/*
 * The layout; see oci.h: oci-layout, index.json, and blobs named by their SHA-256: layer, configuration, manifest.
 * Nothing in it is from the clock, so the same input has the same digests.
 */
#include "oci.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../files/digest.h"
#include "../files/directory.h"
#include "../files/output.h"
#include "../files/tar.h"
#include "../message.h"

#define LAYER_TYPE    "application/vnd.oci.image.layer.v1.tar"
#define CONFIG_TYPE   "application/vnd.oci.image.config.v1+json"
#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define TAG           "latest"
#define DATE          "1980-01-01T00:00:00Z"
#define PIECE         (1u << 20)
#define LABELS        "io.coracle."

struct blob {
        struct digest digest;
        uint64_t bytes;
};

/* ---- The layer, which may be large: written and summed up as it is read ---- */

struct layer {
        struct output output;
        SHA2_CTX sum;
        uint64_t bytes;
};

static void add(struct layer *layer, const void *bytes, size_t count)
{
        output_write(&layer->output, layer->bytes, bytes, count);
        SHA256Update(&layer->sum, bytes, count);
        layer->bytes += count;
}

static void add_text(struct layer *layer, struct text *text)
{
        add(layer, text->bytes, text->length);
        text_free(text);
}

static void add_file(struct layer *layer, const struct oci_content *content)
{
        char *piece = malloc(PIECE);
        const int file = open(content->file, O_RDONLY | O_CLOEXEC);
        struct stat status;
        if (piece == NULL || file < 0 || fstat(file, &status) != 0)
                refuse("%s: %s", content->file, strerror(errno));
        struct text header = {0}, end = {0};
        if (!tar_add_header(&header, content->name, false, (uint64_t)status.st_size, content->owner))
                refuse("%s is too large for a container image: 8 GiB at most", content->file);
        add_text(layer, &header);
        uint64_t left = (uint64_t)status.st_size;
        while (left != 0) {
                const ssize_t count = read(file, piece, left < PIECE ? (size_t)left : PIECE);
                if (count <= 0)
                        refuse("%s: %s", content->file, count < 0 ? strerror(errno) : "it has become shorter");
                add(layer, piece, (size_t)count);
                left -= (uint64_t)count;
        }
        tar_add_end(&end, (uint64_t)status.st_size);
        add_text(layer, &end);
        close(file);
        free(piece);
}

static void blob_name(struct text *name, const struct digest *digest)
{
        text_add(name, "blobs/sha256/");
        digest_add_hex(digest, name);
}

static struct blob make_layer(const struct directory *directory, const struct oci_content *content)
{
        struct layer layer = {.bytes = 0};
        struct text temporary = {0}, folder = {0}, name = {0}, header = {0};
        const struct text nothing = {0};
        directory_write(directory, "blobs/sha256/layer", &nothing); /* makes the directories */
        text_add(&temporary, "%s/blobs/sha256/layer", directory->path.bytes);
        output_open(&layer.output, temporary.bytes);
        SHA256Init(&layer.sum);
        text_add(&folder, "%.*s", (int)(strchr(content->name, '/') + 1 - content->name), content->name);
        if (!tar_add_header(&header, folder.bytes, true, 0, content->owner))
                refuse("%s is no name in a container image", folder.bytes);
        add_text(&layer, &header);
        add_file(&layer, content);
        output_keep(&layer.output);

        struct blob blob = {.bytes = layer.bytes};
        SHA256Final(blob.digest.bytes, &layer.sum);
        text_add(&name, "%s/", directory->path.bytes);
        blob_name(&name, &blob.digest);
        if (rename(temporary.bytes, name.bytes) != 0)
                refuse("%s: %s", name.bytes, strerror(errno));
        text_free(&temporary);
        text_free(&folder);
        text_free(&name);
        return blob;
}

/* ---- What describes it ---- */

static json_t *checked(json_t *json)
{
        if (json == NULL)
                refuse("out of memory, or a name that is not UTF-8");
        return json;
}

static void write_json(const struct directory *directory, const char *name, json_t *json, struct blob *blob)
{
        struct text text = {0}, path = {0};
        char *dumped = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
        if (dumped == NULL)
                refuse("out of memory");
        text_add(&text, "%s", dumped);
        if (blob != NULL) {
                blob->digest = digest_of(text.bytes, text.length);
                blob->bytes = text.length;
                blob_name(&path, &blob->digest);
        } else {
                text_add(&path, "%s", name);
        }
        directory_write(directory, path.bytes, &text);
        free(dumped);
        json_decref(json);
        text_free(&text);
        text_free(&path);
}

static json_t *digest_json(const struct digest *digest)
{
        struct text text = {0};
        text_add(&text, "sha256:");
        digest_add_hex(digest, &text);
        json_t *json = checked(json_string(text.bytes));
        text_free(&text);
        return json;
}

static json_t *descriptor(const char *type, const struct blob *blob)
{
        return checked(json_pack("{s:s, s:o, s:I}", "mediaType", type, "digest", digest_json(&blob->digest), "size",
                                 (json_int_t)blob->bytes));
}

static json_t *labels(const struct oci_content *content)
{
        struct text path = {0};
        text_add(&path, "/%s", content->name);
        json_t *json = checked(json_pack("{s:s, s:s, s:s, s:s}", "org.opencontainers.image.title", content->title,
                                         "org.opencontainers.image.description", "Coracle unikernel image",
                                         LABELS "image", path.bytes, LABELS "cmdline", content->command_line));
        text_free(&path);
        return json;
}

void oci_make(const char *path, const struct oci_content *content)
{
        struct directory directory;
        struct stat status;
        if (lstat(path, &status) == 0)
                refuse("%s is there already; nothing was changed", path);
        directory_open(&directory, path);
        struct blob layer = make_layer(&directory, content), config, manifest;
        /* The file is for a hypervisor, but runtimes and registries only know of systems that Go knows. */
        write_json(&directory, NULL,
                   checked(json_pack("{s:s, s:s, s:s, s:{s:o}, s:{s:s, s:[o]}, s:[{s:s, s:s}]}", "created", DATE,
                                     "architecture", "amd64", "os", "linux", "config", "Labels", labels(content),
                                     "rootfs", "type", "layers", "diff_ids", digest_json(&layer.digest), "history",
                                     "created", DATE, "created_by", "coracle image")),
                   &config);
        write_json(&directory, NULL,
                   checked(json_pack("{s:i, s:s, s:o, s:[o], s:o}", "schemaVersion", 2, "mediaType", MANIFEST_TYPE,
                                     "config", descriptor(CONFIG_TYPE, &config), "layers",
                                     descriptor(LAYER_TYPE, &layer), "annotations", labels(content))),
                   &manifest);
        json_t *entry = descriptor(MANIFEST_TYPE, &manifest);
        json_object_set_new(entry, "annotations",
                            checked(json_pack("{s:s}", "org.opencontainers.image.ref.name", TAG)));
        json_object_set_new(entry, "platform",
                            checked(json_pack("{s:s, s:s}", "architecture", "amd64", "os", "linux")));
        write_json(&directory, "index.json", checked(json_pack("{s:i, s:[o]}", "schemaVersion", 2, "manifests", entry)),
                   NULL);
        write_json(&directory, "oci-layout", checked(json_pack("{s:s}", "imageLayoutVersion", "1.0.0")), NULL);
        directory_keep(&directory, path);
}
