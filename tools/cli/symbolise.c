/* coracle symbolise: names the code addresses in crash reports that were kept in a log. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "image/elf.h"
#include "message.h"
#include "run/crash.h"

static const char usage[] =
        "usage: coracle symbolise IMAGE <LOG\n"
        "\n"
        "Copies standard input to standard output; in crash reports of the image, addresses become\n"
        "`function file:line`. `coracle run` does this by itself.\n";

int command_symbolise(int argc, char *argv[])
{
        if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
                fputs(usage, stdout);
                return 0;
        }
        if (argc != 2 || argv[1][0] == '-')
                refuse("usage: coracle symbolise IMAGE <LOG");
        struct image image;
        char error[IMAGE_ERROR];
        if (!image_open(&image, argv[1], error))
                refuse("%s", error);
        image_close(&image);

        struct crash_filter filter = {.path = argv[1], .at_line_start = true};
        struct text out = {0};
        char bytes[65536];
        ssize_t count;
        do {
                count = read(STDIN_FILENO, bytes, sizeof(bytes));
                if (count > 0)
                        crash_filter(&filter, bytes, (size_t)count, &out);
                else
                        crash_filter_flush(&filter, &out);
                if (out.length != 0 && fwrite(out.bytes, 1, out.length, stdout) != out.length)
                        return 1;
                out.length = 0;
        } while (count > 0);
        crash_filter_close(&filter);
        text_free(&out);
        return fflush(stdout) == 0 ? 0 : 1;
}
