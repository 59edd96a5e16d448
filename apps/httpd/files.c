/*
 * The files that are served. The tree of an image never changes, so a file is opened, mapped (without a copy) and
 * hashed once and then stays in a cache of bounded size. Mappings are never taken back: they are the image's own
 * memory, cost nothing, and a slow client may still be reading when the cache slot goes to another file.
 */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CACHE_SLOTS     64u
#define CACHED_PATH_MAX 256u

struct cache_slot {
        char path[CACHED_PATH_MAX]; /* empty: free */
        struct served_file file;
};

static struct cache_slot cache[CACHE_SLOTS];

static int hex_value(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

/* RFC 3986, section 2.1. Returns the decoded character, -1 for a malformed escape; *at moves behind it. */
static int decode_character(struct text target, size_t *at)
{
        char c = target.start[(*at)++];
        if (c != '%')
                return (unsigned char)c;
        if (target.length - *at < 2)
                return -1;
        int high = hex_value(target.start[*at]);
        int low = hex_value(target.start[*at + 1]);
        *at += 2;
        return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool has_dot_segment(const char *path)
{
        for (const char *slash = path; slash != NULL; slash = strchr(slash + 1, '/')) {
                size_t length = strcspn(slash + 1, "/");
                if ((length == 1 && slash[1] == '.') || (length == 2 && slash[1] == '.' && slash[2] == '.'))
                        return true;
        }
        return false;
}

/* The absolute form "http://host/path" (RFC 9112, section 3.2.2) is served like "/path". */
static struct text strip_authority(struct text target)
{
        if (target.length < 7 || !text_equals((struct text){target.start, 7}, "http://"))
                return target;
        const char *slash = memchr(target.start + 7, '/', target.length - 7);
        if (slash == NULL)
                return (struct text){"/", 1};
        return (struct text){slash, target.length - (size_t)(slash - target.start)};
}

int files_decode_target(struct text target, char *path, size_t bytes)
{
        size_t length = 0;

        target = strip_authority(target);
        if (target.length == 0 || target.start[0] != '/')
                return 400;
        for (size_t at = 0; at < target.length && target.start[at] != '?';) {
                int c = decode_character(target, &at);
                if (c <= 0 || length + sizeof "index.html" >= bytes)
                        return 400;
                if (c == '/' && length > 0 && path[length - 1] == '/')
                        continue; /* "//x" in a Location would name another host */
                path[length++] = (char)c;
        }
        path[length] = '\0';
        if (has_dot_segment(path))
                return 400;
        if (path[length - 1] == '/')
                memcpy(path + length, "index.html", sizeof "index.html");
        return 0;
}

static const char *media_type(const char *path)
{
        static const struct {
                char suffix[8];
                const char *type;
        } types[] = {
                {".html", "text/html; charset=utf-8"},
                {".css", "text/css; charset=utf-8"},
                {".js", "text/javascript; charset=utf-8"},
                {".txt", "text/plain; charset=utf-8"},
                {".md", "text/markdown; charset=utf-8"},
                {".json", "application/json"},
                {".xml", "application/xml"},
                {".svg", "image/svg+xml"},
                {".png", "image/png"},
                {".jpg", "image/jpeg"},
                {".jpeg", "image/jpeg"},
                {".gif", "image/gif"},
                {".webp", "image/webp"},
                {".ico", "image/x-icon"},
                {".woff2", "font/woff2"},
                {".wasm", "application/wasm"},
                {".pdf", "application/pdf"},
        };
        const char *slash = strrchr(path, '/');
        const char *dot = strrchr(slash == NULL ? path : slash, '.');

        for (size_t i = 0; dot != NULL && i < sizeof types / sizeof types[0]; i++) {
                if (strcmp(dot, types[i].suffix) == 0)
                        return types[i].type;
        }
        return "application/octet-stream";
}

static uint64_t word_at(const char *data)
{
        uint64_t word;
        memcpy(&word, data, sizeof word);
        return word;
}

/* Adds the halves of the 128-bit product of what was and what comes. */
static uint64_t mix(uint64_t hash, uint64_t a, uint64_t b)
{
        const unsigned __int128 product = (unsigned __int128)(hash ^ a) * (b ^ 0x9e3779b97f4a7c15u);
        return hash + ((uint64_t)product ^ (uint64_t)(product >> 64));
}

/* Not for security: it only has to differ when the contents do. Sixteen bytes at a time, as files may be large. */
static uint64_t content_hash(const char *data, size_t bytes)
{
        uint64_t hash = bytes ^ 0xd1b54a32d192ed03u;
        size_t at = 0;

        for (; bytes - at >= 16; at += 16)
                hash = mix(hash, word_at(data + at), word_at(data + at + 8));
        char rest[16] = {0};
        memcpy(rest, data + at, bytes - at);
        return mix(mix(hash, word_at(rest), word_at(rest + 8)), bytes, bytes);
}

static uint64_t path_hash(const char *path)
{
        return content_hash(path, strlen(path));
}

/* An entity tag (RFC 9110, section 8.8.3): sixteen digits between quotes. */
static void write_tag(char tag[FILE_TAG_MAX], uint64_t hash)
{
        tag[0] = '"';
        for (unsigned i = 0; i < 16; i++)
                tag[1 + i] = "0123456789abcdef"[hash >> (60 - 4 * i) & 15];
        strcpy(tag + 17, "\"");
}

/* Maps an open file into the slot. Returns 200 or the status that says why not. */
static int load(int descriptor, const char *path, struct cache_slot *slot)
{
        struct stat status;
        if (fstat(descriptor, &status) != 0)
                return 500;
        if (S_ISDIR(status.st_mode))
                return 301;
        if (!S_ISREG(status.st_mode))
                return 404;

        const char *data = "";
        size_t bytes = (size_t)status.st_size;
        if (bytes > 0) {
                data = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
                if (data == MAP_FAILED)
                        return 500;
        }
        slot->file = (struct served_file){.data = data, .bytes = bytes, .type = media_type(path)};
        write_tag(slot->file.tag, content_hash(data, bytes));
        strcpy(slot->path, path);
        return 200;
}

static int open_and_load(const char *root, const char *path, struct cache_slot *slot)
{
        char full[256 + REQUEST_TARGET_MAX];
        size_t length = strlen(root);
        if (length + strlen(path) >= sizeof full)
                return 404;
        strcpy(full, root);
        strcpy(full + length, path);
        int descriptor = open(full, O_RDONLY);
        if (descriptor < 0)
                return errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG || errno == EACCES ? 404 : 500;
        int status = load(descriptor, path, slot);
        close(descriptor);
        return status;
}

int files_find(const char *root, const char *path, const struct served_file **file)
{
        if (strlen(path) >= CACHED_PATH_MAX)
                return 404;
        struct cache_slot *slot = &cache[path_hash(path) % CACHE_SLOTS];
        *file = &slot->file;
        return strcmp(slot->path, path) == 0 ? 200 : open_and_load(root, path, slot);
}
