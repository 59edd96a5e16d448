/* coracle xl: prints the configuration of a Xen domain that runs an image. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../commands.h"
#include "../image/elf.h"
#include "../message.h"
#include "config.h"

static const char usage[] =
        "usage: coracle xl IMAGE [OPTIONS] [-- ARGUMENTS]\n"
        "\n"
        "Prints the configuration of a Xen PVH domain that runs IMAGE, for `xl create`.\n"
        "\n"
        "  -m, --memory SIZE     memory: 64M, 1G, ... (default 128M)\n"
        "  -e, --env KEY=VALUE   a variable of the program's environment; KEY alone: as here; repeatable\n"
        "      --name NAME       the domain's name (default: the image's, without .elf)\n"
        "      --vif SPEC        a network device, as in xl-network-configuration(5), such as bridge=xenbr0;\n"
        "                        repeatable\n"
        "      --ip ADDRESS/BITS[,gw=ADDRESS][,dns=ADDRESS]|dhcp\n"
        "                        the address of the first network device (default: DHCP)\n"
        "      --disk FILE[,ro]  a disk, xvda and on: a raw or qcow2 file or a block device; repeatable\n"
        "      --on-crash ACTION what Xen does when the program crashes or ends with a status that is not 0:\n"
        "                        destroy (default), restart, preserve, ... as in xl.cfg(5)\n"
        "      --append WORDS    more words for the guest's command line, such as coracle.KEY=VALUE\n"
        "      --verbose         the guest shows the steps of its boot with their times\n"
        "\n"
        "example: coracle xl build/x86_64/apps/hello/hello.elf -m 16M >hello.cfg && xl create -c hello.cfg\n";

/* The absolute path of what is there to be read. */
static char *absolute(const char *path)
{
        char *found = realpath(path, NULL);
        if (found == NULL)
                refuse("%s: %s", path, strerror(errno));
        return found;
}

static void check_image(const char *path)
{
        struct image image;
        char error[IMAGE_ERROR];
        if (!image_open(&image, path, error))
                refuse("%s", error);
        image_close(&image);
}

static void print(struct xl_options *options)
{
        struct text config = {0};
        size_t excess;
        char *kernel = absolute(options->image);
        for (size_t i = 0; i < options->disks.count; i++)
                disk_look_at(&options->disks.items[i]);
        if (!xl_add_config(&config, options, kernel, &excess))
                refuse("the arguments and the environment are %zu bytes too long for a guest's command line", excess);
        fputs(config.bytes, stdout);
        free(kernel);
        text_free(&config);
}

int command_xl(int argc, char *argv[])
{
        static struct xl_options options;
        char error[ERROR_TEXT];
        if (!xl_options_parse(&options, argc, argv, error))
                refuse("%s", error);
        if (options.help) {
                fputs(usage, stdout);
        } else {
                check_image(options.image);
                print(&options);
        }
        xl_options_free(&options);
        return fflush(stdout) == 0 ? 0 : 1;
}
