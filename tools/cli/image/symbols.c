/* Addresses to names with elfutils' libdw and libelf; see symbols.h. */
#include "symbols.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../message.h"

struct symbols {
        int file;
        Elf *elf;
        Dwarf *dwarf; /* NULL: no debug information */
};

struct symbols *symbols_open(const char *path)
{
        struct symbols *symbols = calloc(1, sizeof(*symbols));
        if (symbols == NULL)
                refuse("out of memory");
        elf_version(EV_CURRENT);
        symbols->file = open(path, O_RDONLY | O_CLOEXEC);
        if (symbols->file >= 0)
                symbols->elf = elf_begin(symbols->file, ELF_C_READ_MMAP, NULL);
        if (symbols->elf == NULL) {
                symbols_close(symbols);
                return NULL;
        }
        symbols->dwarf = dwarf_begin_elf(symbols->elf, DWARF_C_READ, NULL);
        return symbols;
}

void symbols_close(struct symbols *symbols)
{
        if (symbols == NULL)
                return;
        if (symbols->dwarf != NULL)
                dwarf_end(symbols->dwarf);
        if (symbols->elf != NULL)
                elf_end(symbols->elf);
        if (symbols->file >= 0)
                close(symbols->file);
        free(symbols);
}

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');
        return slash != NULL ? slash + 1 : path;
}

/* The compilation unit that has code at the address. dwarf_addrdie needs .debug_aranges, which gcc writes; units
 * without one (assembly by some assemblers) are looked for one by one. */
static bool find_unit(struct symbols *symbols, uint64_t address, Dwarf_Die *unit)
{
        if (symbols->dwarf == NULL)
                return false;
        if (dwarf_addrdie(symbols->dwarf, address, unit) != NULL)
                return true;
        Dwarf_CU *cu = NULL;
        uint8_t kind;
        while (dwarf_get_units(symbols->dwarf, cu, &cu, NULL, &kind, unit, NULL) == 0) {
                if (kind == DW_UT_compile && dwarf_haspc(unit, address) == 1)
                        return true;
        }
        return false;
}

static bool add_source(struct text *text, const char *file, int line)
{
        if (file == NULL || line <= 0)
                return false;
        text_add(text, "%s:%d", base_name(file), line);
        return true;
}

static bool add_unit_line(Dwarf_Die *unit, uint64_t address, struct text *text)
{
        Dwarf_Line *line = dwarf_getsrc_die(unit, address);
        int number = 0;
        if (line == NULL || dwarf_lineno(line, &number) != 0)
                return false;
        return add_source(text, dwarf_linesrc(line, NULL, NULL), number);
}

static const char *name_of(Dwarf_Die *die)
{
        Dwarf_Attribute attribute;
        return dwarf_formstring(dwarf_attr_integrate(die, DW_AT_name, &attribute));
}

/* Where an inlined function was called: "file:line" of its DW_AT_call_file and DW_AT_call_line. */
static bool add_call_site(Dwarf_Die *unit, Dwarf_Die *inlined, struct text *text)
{
        Dwarf_Attribute attribute;
        Dwarf_Word file_number, line;
        Dwarf_Files *files;
        size_t count;
        if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file_number) != 0 ||
            dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) != 0 ||
            dwarf_getsrcfiles(unit, &files, &count) != 0 || file_number >= count)
                return false;
        return add_source(text, dwarf_filesrc(files, file_number, NULL, NULL), (int)line);
}

static bool is_code(Dwarf_Die *die)
{
        const int tag = dwarf_tag(die);
        return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
}

static bool add_from_debug_information(Dwarf_Die *unit, uint64_t address, struct text *text)
{
        Dwarf_Die *scopes = NULL;
        const int count = dwarf_getscopes(unit, address, &scopes);
        struct text found = {0};
        Dwarf_Die *inlined = NULL; /* the function just written was inlined, here is its call */
        bool any = false;
        for (int i = 0; i < count; i++) {
                const char *name = is_code(&scopes[i]) ? name_of(&scopes[i]) : NULL;
                if (name == NULL)
                        continue;
                text_add(&found, any ? " (inlined into %s " : "%s ", name);
                if (!(any ? add_call_site(unit, inlined, &found) : add_unit_line(unit, address, &found)))
                        text_add(&found, "?");
                text_add(&found, any ? ")" : "");
                any = true;
                inlined = dwarf_tag(&scopes[i]) == DW_TAG_inlined_subroutine ? &scopes[i] : NULL;
                if (inlined == NULL)
                        break;
        }
        if (any)
                text_add_bytes(text, found.bytes, found.length);
        text_free(&found);
        free(scopes);
        return any;
}

/* The function whose symbol covers the address, or with no size starts last before it. */
static const char *find_symbol(Elf *elf, uint64_t address, uint64_t *offset)
{
        const char *best = NULL;
        uint64_t best_start = 0;
        for (Elf_Scn *section = elf_nextscn(elf, NULL); section != NULL; section = elf_nextscn(elf, section)) {
                GElf_Shdr header;
                Elf_Data *data = elf_getdata(section, NULL);
                if (gelf_getshdr(section, &header) == NULL || header.sh_type != SHT_SYMTAB || data == NULL ||
                    header.sh_entsize == 0)
                        continue;
                for (uint64_t i = 0; i < header.sh_size / header.sh_entsize && i < INT32_MAX; i++) {
                        GElf_Sym symbol;
                        if (gelf_getsym(data, (int)i, &symbol) == NULL || symbol.st_value > address ||
                            symbol.st_value < best_start || symbol.st_shndx == SHN_UNDEF)
                                continue;
                        const unsigned type = GELF_ST_TYPE(symbol.st_info);
                        const bool covers = symbol.st_size == 0 || address < symbol.st_value + symbol.st_size;
                        if ((type == STT_FUNC || (type == STT_NOTYPE && symbol.st_size == 0)) && covers) {
                                best = elf_strptr(elf, header.sh_link, symbol.st_name);
                                best_start = symbol.st_value;
                        }
                }
        }
        *offset = address - best_start;
        return best != NULL && best[0] != '\0' ? best : NULL;
}

/* Internal names carry a prefix in the archives, which is no help to people. */
static const char *plain_name(const char *name)
{
        static const char prefix[] = "__coracle_";
        return strncmp(name, prefix, sizeof(prefix) - 1) == 0 ? name + sizeof(prefix) - 1 : name;
}

bool symbols_add_function(struct symbols *symbols, uint64_t address, struct text *text)
{
        Dwarf_Die unit;
        const bool has_unit = find_unit(symbols, address, &unit);
        if (has_unit && add_from_debug_information(&unit, address, text))
                return true;
        uint64_t offset;
        const char *name = find_symbol(symbols->elf, address, &offset);
        if (name == NULL)
                return false;
        text_add(text, "%s", plain_name(name));
        const size_t before = text->length;
        text_add(text, " ");
        if (has_unit && add_unit_line(&unit, address, text))
                return true;
        text->length = before;
        text_add(text, "+0x%llx", (unsigned long long)offset);
        return true;
}

bool symbols_add_line(struct symbols *symbols, uint64_t address, struct text *text)
{
        Dwarf_Die unit;
        return find_unit(symbols, address, &unit) && add_unit_line(&unit, address, text);
}
