/* coracle new: writes the skeleton of a program. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "message.h"

static const char usage[] =
        "usage: coracle new NAME\n"
        "\n"
        "Makes the directory NAME with a program to start from: main.c, app.mk, Makefile, README.md.\n"
        "`make -C NAME run` builds it and boots it.\n";

#define NAME_MAX_LENGTH 48

/* In a template, @NAME@ stands for the program's name. */
static const char main_c[] = "/* @NAME@ */\n"
                             "#include <stdio.h>\n"
                             "\n"
                             "int main(int argc, char *argv[])\n"
                             "{\n"
                             "        printf(\"Hello from @NAME@\\n\");\n"
                             "        for (int i = 1; i < argc; i++)\n"
                             "                printf(\"argument %d: %s\\n\", i, argv[i]);\n"
                             "        return 0;\n"
                             "}\n";

static const char app_mk[] = "# What the image is made of. See `man coracle-cc` and the comments in application.mk.\n"
                             "NAME    := @NAME@\n"
                             "SOURCES := main.c\n"
                             "\n"
                             "# A directory whose files the program can open and read:\n"
                             "# FILES := files\n"
                             "\n"
                             "# What `make run` adds to `coracle run`, for example a port:\n"
                             "# RUN_OPTIONS := -p 8080:8080\n";

static const char makefile[] =
        "# make          build/@NAME@/@NAME@.elf\n"
        "# make run      boot it: make run ARGS=\"a b\" OPTIONS=\"-m 64M\"\n"
        "# make clean\n"
        "#\n"
        "# Uses the `coracle` and `coracle-cc` in PATH, or those given: make CORACLE=/path/to/build/bin/coracle\n"
        "CORACLE    ?= coracle\n"
        "CORACLE_CC ?= $(if $(findstring /,$(CORACLE)),$(dir $(CORACLE)))coracle-cc\n"
        "TOOLS      := $(dir $(realpath $(shell command -v $(CORACLE_CC))))\n"
        "RULES      := $(firstword $(wildcard $(TOOLS)../lib/coracle/application.mk "
        "$(TOOLS)../../tools/make/application.mk))\n"
        "PACK       := $(firstword $(wildcard $(TOOLS)../lib/coracle/pack $(TOOLS)../../tools/pack))\n"
        "\n"
        ".PHONY: all run clean\n"
        "all run:\n"
        "\t@[ -n '$(RULES)' ] || { echo \"coracle-cc is not in PATH; make CORACLE=/path/to/coracle\" >&2; exit 2; }\n"
        "\t+@$(MAKE) --no-print-directory -f $(RULES) PACK='$(PACK)' CORACLE='$(CORACLE)' \\\n"
        "\t        CORACLE_CC='$(CORACLE_CC)' $@\n"
        "clean:\n"
        "\trm -rf build\n";

static const char readme[] =
        "# @NAME@\n"
        "\n"
        "A program for Coracle: `make run` builds an image of it and boots that in a virtual machine.\n"
        "\n"
        "    make run ARGS=\"one two\"\n"
        "    coracle inspect build/@NAME@/@NAME@.elf\n";

static const struct {
        const char *name, *contents;
} files[] = {{"main.c", main_c},
             {"app.mk", app_mk},
             {"Makefile", makefile},
             {"README.md", readme},
             {".gitignore", "/build/\n"}};

static void write_file(const char *directory, const char *name, const char *contents, const char *program)
{
        static const char mark[] = "@NAME@";
        char path[512];
        snprintf(path, sizeof(path), "%s/%s", directory, name);
        FILE *file = fopen(path, "wx");
        if (file == NULL)
                refuse("%s: %s", path, strerror(errno));
        const char *next;
        while ((next = strstr(contents, mark)) != NULL) {
                fwrite(contents, 1, (size_t)(next - contents), file);
                fputs(program, file);
                contents = next + sizeof(mark) - 1;
        }
        fputs(contents, file);
        if (ferror(file) != 0 || fclose(file) != 0)
                refuse("%s: %s", path, strerror(errno));
}

/* A file name, a word of make and part of a C string: letters, digits, - and _, a letter first. */
static int is_program_name(const char *name)
{
        for (const char *p = name; *p != '\0'; p++) {
                const int is_letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');
                if (!is_letter && (p == name || ((*p < '0' || *p > '9') && *p != '-' && *p != '_')))
                        return 0;
        }
        return name[0] != '\0' && strlen(name) <= NAME_MAX_LENGTH;
}

int command_new(int argc, char *argv[])
{
        if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
                fputs(usage, stdout);
                return 0;
        }
        if (argc != 2)
                refuse("usage: coracle new NAME");
        const char *slash = strrchr(argv[1], '/');
        const char *name = slash != NULL ? slash + 1 : argv[1];
        if (argv[1][0] == '-')
                refuse("unknown option %s; see `coracle new --help`", argv[1]);
        if (!is_program_name(name) || strlen(argv[1]) > 400)
                refuse("`%s` is no name for a program: use letters, digits, - and _, a letter first", name);
        if (mkdir(argv[1], 0777) != 0) {
                if (errno == EEXIST)
                        refuse("%s is there already; nothing was changed", argv[1]);
                refuse("%s: %s", argv[1], strerror(errno));
        }
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
                write_file(argv[1], files[i].name, files[i].contents, name);
        printf("made %s: main.c, app.mk, Makefile, README.md; boot it with: make -C %s run\n", argv[1], argv[1]);
        return 0;
}
