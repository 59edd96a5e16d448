/* Parses and explains link records; see record.h. */
#include "record.h"

#include <stdlib.h>
#include <string.h>

#include "../message.h"

/* Longer chains are loops of a damaged record. */
#define CHAIN_MAX 64

#define FIELDS 8

static bool parse_number(const char *text, uint64_t *value)
{
        char *end;
        if (*text < '0' || *text > '9')
                return false;
        *value = strtoull(text, &end, 10);
        return *end == '\0';
}

static bool parse_line(char *line, struct record_member *member)
{
        char *fields[FIELDS], *rest = NULL;
        for (size_t i = 0; i < FIELDS; i++) {
                fields[i] = strtok_r(i == 0 ? line : NULL, " \t", &rest);
                if (fields[i] == NULL)
                        return false;
        }
        const bool is_root = strcmp(fields[7], "-") == 0;
        *member = (struct record_member){.library = fields[0], .name = fields[1]};
        if (!is_root) {
                member->by_name = fields[6];
                member->symbol = fields[7];
        }
        for (size_t i = 0; i < SIZE_KINDS; i++) {
                if (!parse_number(fields[2 + i], &member->size[i]))
                        return false;
        }
        return true;
}

static void find_reasons(struct record *record)
{
        for (size_t i = 0; i < record->count; i++) {
                struct record_member *member = &record->members[i];
                for (size_t j = 0; j < record->count && member->by_name != NULL; j++) {
                        if (i != j && strcmp(record->members[j].name, member->by_name) == 0) {
                                member->by = &record->members[j];
                                break;
                        }
                }
        }
}

bool record_parse(struct record *record, const void *bytes, size_t size)
{
        *record = (struct record){.text = strndup(bytes, size)};
        if (record->text == NULL)
                refuse("out of memory");
        size_t lines = 1;
        for (const char *p = record->text; *p != '\0'; p++)
                lines += *p == '\n';
        record->members = calloc(lines, sizeof(record->members[0]));
        if (record->members == NULL)
                refuse("out of memory");
        char *rest = NULL;
        for (char *line = strtok_r(record->text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
                if (!parse_line(line, &record->members[record->count++])) {
                        record_free(record);
                        return false;
                }
        }
        find_reasons(record);
        return true;
}

void record_free(struct record *record)
{
        free(record->text);
        free(record->members);
        *record = (struct record){0};
}

/*
 * How many bytes of a libcoracle member's name are its room: "libos_net_" of libos_net_socket.o, "platform_" of
 * platform_console.o, which is in no room; 0: none.
 */
static size_t room_length(const char *name)
{
        static const char *const rooms[] = {"libos_core_",      "libos_mem_",    "libos_sched_",     "libos_net_",
                                            "libos_fs_",        "libos_posix_",  "platform_acpi_",   "platform_kvm_",
                                            "platform_pci_",    "platform_rtc_", "platform_serial_", "platform_virtio_",
                                            "platform_x86_64_", "platform_xen_", "libos_",           "platform_"};
        for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
                if (strncmp(name, rooms[i], strlen(rooms[i])) == 0)
                        return strlen(rooms[i]);
        }
        return 0;
}

const char *record_part(const struct record_member *member, char buffer[RECORD_PART])
{
        const size_t length = room_length(member->name);
        if (length == 0 || length > RECORD_PART)
                return member->library;
        memcpy(buffer, member->name, length - 1);
        buffer[length - 1] = '\0';
        char *first = strchr(buffer, '_');
        if (first != NULL)
                *first = '/';
        return buffer;
}

void record_add_name(const struct record_member *member, struct text *text)
{
        const char *name = member->name + room_length(member->name);
        if (strncmp(name, "libc_a-", 7) == 0 || strncmp(name, "libm_a-", 7) == 0)
                name += 7;
        const char *dot = strrchr(name, '.');
        text_add_bytes(text, name, dot != NULL ? (size_t)(dot - name) : strlen(name));
}

static const char *plain(const char *symbol)
{
        static const char prefix[] = "__coracle_";
        return strncmp(symbol, prefix, sizeof(prefix) - 1) == 0 ? symbol + sizeof(prefix) - 1 : symbol;
}

void record_add_chain(const struct record_member *member, struct text *text)
{
        for (int i = 0; i < CHAIN_MAX && member->symbol != NULL; i++) {
                text_add(text, "%s%s for ", i != 0 ? ", " : "", plain(member->symbol));
                if (member->by == NULL) {
                        text_add(text, "%s", member->by_name);
                        return;
                }
                char part[RECORD_PART];
                if (strcmp(member->by->library, "app") != 0)
                        text_add(text, "%s/", record_part(member->by, part));
                record_add_name(member->by, text);
                if (strcmp(member->by->library, "app") == 0)
                        text_add(text, ".o");
                member = member->by;
        }
}
