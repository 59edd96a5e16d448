/* Reads compositions; see file.h. */
#include "file.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../instances/name.h"
#include "../message.h"

#define SUBNET_USUAL "10.77.0.0/24"
#define BITS_MIN     8u
#define BITS_MAX     29u

/* Where in the file we are, for messages. */
struct place {
        const char *file;
        char path[256]; /* "guests.web.memory" */
};

_Noreturn static void wrong(const struct place *place, const char *format, ...) __attribute__((format(printf, 2, 3)));

_Noreturn static void wrong(const struct place *place, const char *format, ...)
{
        char what[512];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(what, sizeof(what), format, arguments);
        va_end(arguments);
        refuse("%s: %s%s%s", place->file, place->path, place->path[0] != '\0' ? " " : "", what);
}

static struct place below(const struct place *place, const char *key)
{
        struct place deeper = {.file = place->file};
        const size_t length = strlen(place->path);
        memcpy(deeper.path, place->path, length);
        snprintf(deeper.path + length, sizeof(deeper.path) - length, "%s%.100s", length != 0 ? "." : "", key);
        return deeper;
}

/* ---- Values ---- */

/* Every key must be one of `known` (NULL-terminated). */
static void check_keys(const struct place *place, json_t *object, const char *const *known)
{
        const char *key;
        json_t *value;
        if (!json_is_object(object))
                wrong(place, "must be an object, {...}");
        json_object_foreach(object, key, value)
        {
                size_t i = 0;
                while (known[i] != NULL && strcmp(known[i], key) != 0)
                        i++;
                if (known[i] != NULL)
                        continue;
                const char *meant = closest_word(key, known);
                if (meant != NULL)
                        wrong(place, "has an unknown key `%s`; did you mean `%s`?", key, meant);
                wrong(place, "has an unknown key `%s`", key);
        }
}

/* A string, or NULL when it is not there. */
static const char *text_at(const struct place *place, const json_t *object, const char *key)
{
        const json_t *value = json_object_get(object, key);
        const struct place here = below(place, key);
        if (value == NULL)
                return NULL;
        if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value))
                wrong(&here, "must be a string");
        return json_string_value(value);
}

/* For each string of an array, if it is there, adds `option` (unless NULL) and the string. */
static void add_texts(const struct place *place, const json_t *object, const char *key, const char *option,
                      struct list *words)
{
        const json_t *array = json_object_get(object, key), *value;
        const struct place here = below(place, key);
        size_t i;
        if (array != NULL && !json_is_array(array))
                wrong(&here, "must be an array of strings, [...]");
        json_array_foreach(array, i, value)
        {
                if (!json_is_string(value))
                        wrong(&here, "must be an array of strings, [...]");
                if (option != NULL)
                        list_add_string(words, option);
                list_add_string(words, json_string_value(value));
        }
}

static void add_text(const struct place *place, const json_t *object, const char *key, const char *option,
                     struct list *words)
{
        const char *text = text_at(place, object, key);
        if (text == NULL)
                return;
        list_add_string(words, option);
        list_add_string(words, text);
}

/* ---- The network ---- */

struct subnet {
        uint32_t first; /* its own address */
        unsigned bits;
};

static struct subnet parse_subnet(const struct place *place, const char *text)
{
        char address[INET_ADDRSTRLEN] = "";
        struct in_addr parsed;
        char *end = NULL;
        const char *slash = strchr(text, '/');
        const unsigned long bits = slash != NULL ? strtoul(slash + 1, &end, 10) : 0;
        if (slash != NULL && (size_t)(slash - text) < sizeof(address))
                memcpy(address, text, (size_t)(slash - text));
        if (inet_pton(AF_INET, address, &parsed) != 1 || end == NULL || *end != '\0' || bits < BITS_MIN ||
            bits > BITS_MAX || (ntohl(parsed.s_addr) & (UINT32_MAX >> bits)) != 0)
                wrong(place, "must be an IPv4 network of /%u to /%u such as %s, not %s", BITS_MIN, BITS_MAX,
                      SUBNET_USUAL, text);
        return (struct subnet){ntohl(parsed.s_addr), (unsigned)bits};
}

static void print_address(char text[INET_ADDRSTRLEN], uint32_t address)
{
        const struct in_addr network_order = {htonl(address)};
        inet_ntop(AF_INET, &network_order, text, INET_ADDRSTRLEN);
}

static struct subnet read_network(const struct place *place, json_t *network, struct lan *lan)
{
        static const char *const keys[] = {"subnet", "kind", NULL};
        static const char *const kinds[] = {"auto", "bridge", "switch"};
        const struct place at_subnet = below(place, "subnet"), at_kind = below(place, "kind");
        char gateway[INET_ADDRSTRLEN];
        if (network != NULL)
                check_keys(place, network, keys);
        const char *given = text_at(place, network, "subnet"), *kind = text_at(place, network, "kind");
        const struct subnet subnet = parse_subnet(&at_subnet, given != NULL ? given : SUBNET_USUAL);
        size_t i = 0;
        while (kind != NULL && i < 3 && strcmp(kind, kinds[i]) != 0)
                i++;
        if (i == 3)
                wrong(&at_kind, "must be auto, bridge or switch, not %s", kind);
        lan->kind = (enum lan_kind)i;
        print_address(gateway, subnet.first + 1);
        snprintf(lan->gateway, sizeof(lan->gateway), "%s/%u", gateway, subnet.bits);
        return subnet;
}

/* Numbers of guests in the network start at 2; the host's is 1. */
static unsigned last_number(const struct subnet *subnet)
{
        const uint32_t last = (UINT32_MAX >> subnet->bits) - 1;
        return last > 65000 ? 65000 : last;
}

static unsigned given_number(const struct place *place, const struct subnet *subnet, const char *text)
{
        struct in_addr parsed;
        if (inet_pton(AF_INET, text, &parsed) != 1)
                wrong(place, "must be an IPv4 address, not %s", text);
        const uint32_t number = ntohl(parsed.s_addr) - subnet->first;
        if (number < 2 || number > last_number(subnet))
                wrong(place, "%s is not an address for a guest of the network", text);
        return number;
}

static bool is_number_taken(const struct composition *composition, unsigned number)
{
        for (size_t i = 0; i < composition->count; i++) {
                if (composition->guests[i].port.number == number)
                        return true;
        }
        return false;
}

static void place_in_network(struct composed *guest, const struct composition *composition, const struct subnet *subnet,
                             unsigned number)
{
        char address[INET_ADDRSTRLEN];
        struct lan_port *port = &guest->port;
        print_address(address, subnet->first + number);
        port->lan = composition->lan;
        port->number = number;
        snprintf(port->address, sizeof(port->address), "%s/%u", address, subnet->bits);
        /* Locally administered, under QEMU's prefix: the number makes it the only one in this network. */
        snprintf(port->mac, sizeof(port->mac), "52:54:00:77:%02x:%02x", (number >> 8) & 0xff, number & 0xff);
}

/* Given addresses first, so that the others take what is left, in the order of the file. */
static void place_all(struct composition *composition, const struct place *place, const json_t *guests,
                      const struct subnet *subnet)
{
        unsigned next = 2;
        for (size_t i = 0; i < composition->count; i++) {
                struct composed *guest = &composition->guests[i];
                const struct place here = below(place, guest->name), at = below(&here, "address");
                const char *given = text_at(&here, json_object_get(guests, guest->name), "address");
                if (given == NULL)
                        continue;
                const unsigned number = given_number(&at, subnet, given);
                if (is_number_taken(composition, number))
                        wrong(&at, "%s is given to two guests", given);
                place_in_network(guest, composition, subnet, number);
        }
        for (size_t i = 0; i < composition->count; i++) {
                if (composition->guests[i].port.number != 0)
                        continue;
                while (is_number_taken(composition, next))
                        next++;
                if (next > last_number(subnet))
                        wrong(place, "are more than the network has addresses for");
                place_in_network(&composition->guests[i], composition, subnet, next);
        }
}

/* ---- Guests ---- */

/* WEB_ADDRESS=10.77.0.2, for each guest. */
static void add_addresses(const struct composition *composition, struct list *words)
{
        for (size_t i = 0; i < composition->count; i++) {
                const struct composed *other = &composition->guests[i];
                struct text word = {0};
                for (const char *p = other->name; *p != '\0'; p++)
                        text_add(&word, "%c", isalnum((unsigned char)*p) ? toupper((unsigned char)*p) : '_');
                text_add(&word, "_ADDRESS=%.*s", (int)strcspn(other->port.address, "/"), other->port.address);
                list_add_string(words, "-e");
                list_add(words, "%s%s", isdigit((unsigned char)word.bytes[0]) ? "_" : "", word.bytes);
                text_free(&word);
        }
}

static void add_environment(const struct place *place, json_t *environment, struct list *words)
{
        const char *key;
        json_t *value;
        if (environment != NULL && !json_is_object(environment))
                wrong(place, "must be an object, {\"KEY\": \"value\"}");
        json_object_foreach(environment, key, value)
        {
                const struct place here = below(place, key);
                if (!json_is_string(value))
                        wrong(&here, "must be a string");
                list_add_string(words, "-e");
                list_add(words, "%s=%s", key, json_string_value(value));
        }
}

static void read_guest(const struct composition *composition, const struct place *place, json_t *object,
                       struct composed *guest)
{
        static const char *const keys[] = {"image",     "memory", "publish", "outside", "environment",
                                           "arguments", "append", "machine", "accel",   "disks",
                                           "address",   "qemu",   NULL};
        const struct place at_environment = below(place, "environment"), at_outside = below(place, "outside");
        struct list *words = &guest->words;
        check_keys(place, object, keys);
        const char *image = text_at(place, object, "image");
        const json_t *outside = json_object_get(object, "outside"), *publish = json_object_get(object, "publish");
        if (image == NULL)
                wrong(place, "has no image; write \"image\": \"FILE.elf\"");
        if (outside != NULL && !json_is_boolean(outside))
                wrong(&at_outside, "must be true or false");
        const bool reaches_out = json_is_true(outside) || json_array_size(publish) != 0;
        list_add_string(words, "run");
        list_add_string(words, image);
        list_add_string(words, "-d");
        list_add_string(words, "--name");
        list_add_string(words, guest->instance);
        list_add_string(words, "--net");
        list_add_string(words, reaches_out ? "user" : "none");
        add_text(place, object, "memory", "-m", words);
        add_text(place, object, "machine", "--machine", words);
        add_text(place, object, "accel", "--accel", words);
        add_texts(place, object, "publish", "-p", words);
        add_texts(place, object, "disks", "--disk", words);
        add_text(place, object, "qemu", "--qemu", words);
        list_add_string(words, "--append");
        list_add(words, "coracle.hostname=%s", guest->name);
        list_add_string(words, "--append");
        list_add(words, "coracle.ip%s=%s", reaches_out ? "1" : "", guest->port.address);
        add_texts(place, object, "append", "--append", words);
        add_addresses(composition, words);
        add_environment(&at_environment, json_object_get(object, "environment"), words);
        list_add_string(words, "--");
        add_texts(place, object, "arguments", NULL, words);
}

static void read_guests(struct composition *composition, const struct place *place, json_t *guests,
                        const struct subnet *subnet)
{
        const char *key;
        json_t *value;
        if (!json_is_object(guests) || json_object_size(guests) == 0 || json_object_size(guests) > COMPOSED_MAX)
                wrong(place, "must be an object of 1 to %u guests, {\"NAME\": {...}}", COMPOSED_MAX);
        composition->guests = calloc(json_object_size(guests), sizeof(composition->guests[0]));
        if (composition->guests == NULL)
                abort();
        json_object_foreach(guests, key, value)
        {
                struct text instance = {0};
                struct composed *guest = &composition->guests[composition->count++];
                text_add(&instance, "%s-%s", composition->name, key);
                if (!instance_name_is_good(key) || !instance_name_is_good(instance.bytes))
                        wrong(place,
                              "`%s` is not a name: letters, digits and any of _.-, 63 with the composition's name",
                              key);
                guest->name = strdup(key);
                guest->instance = instance.bytes;
        }
        place_all(composition, place, guests, subnet);
        for (size_t i = 0; i < composition->count; i++) {
                const struct place here = below(place, composition->guests[i].name);
                read_guest(composition, &here, json_object_get(guests, composition->guests[i].name),
                           &composition->guests[i]);
        }
}

/* ---- The file ---- */

static void name_composition(struct composition *composition, const struct place *place, const char *given)
{
        const char *slash = strrchr(place->file, '/');
        const char *name = given != NULL ? given : slash != NULL ? slash + 1 : place->file;
        const struct place at = below(place, "name");
        snprintf(composition->name, sizeof(composition->name), "%s", name);
        if (given == NULL && strrchr(composition->name, '.') > composition->name)
                *strrchr(composition->name, '.') = '\0';
        if (!instance_name_is_good(composition->name) || strlen(name) > LAN_NAME_MAX)
                wrong(&at, "`%s` is not a name: letters, digits and any of _.-, at most %u", name, LAN_NAME_MAX);
        snprintf(composition->lan.name, sizeof(composition->lan.name), "%s", composition->name);
}

static void enter_directory_of(const char *path)
{
        const char *slash = strrchr(path, '/');
        struct text directory = {0};
        if (slash == NULL)
                return;
        text_add(&directory, "%.*s", slash == path ? 1 : (int)(slash - path), path);
        if (chdir(directory.bytes) != 0)
                refuse("%s: %s", directory.bytes, strerror(errno));
        text_free(&directory);
}

void composition_read(struct composition *composition, const char *path)
{
        static const char *const keys[] = {"name", "network", "guests", NULL};
        const struct place top = {.file = path}, at_network = below(&top, "network"), at_guests = below(&top, "guests");
        json_error_t error;
        FILE *file = fopen(path, "re");
        if (file == NULL)
                refuse("%s: %s", path, strerror(errno));
        json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
        fclose(file);
        if (root == NULL)
                refuse("%s:%d:%d: %s", path, error.line, error.column, error.text);
        *composition = (struct composition){0};
        check_keys(&top, root, keys);
        name_composition(composition, &top, text_at(&top, root, "name"));
        const struct subnet subnet = read_network(&at_network, json_object_get(root, "network"), &composition->lan);
        read_guests(composition, &at_guests, json_object_get(root, "guests"), &subnet);
        json_decref(root);
        enter_directory_of(path);
}

void composition_free(struct composition *composition)
{
        for (size_t i = 0; i < composition->count; i++) {
                free(composition->guests[i].name);
                free(composition->guests[i].instance);
                list_free(&composition->guests[i].words);
        }
        free(composition->guests);
}
