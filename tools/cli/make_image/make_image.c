/* coracle image: one program as whatever a hypervisor, a boot loader or a cloud takes. */
#include <stdio.h>
#include <string.h>

#include "../commands.h"
#include "../files/digest.h"
#include "../files/output.h"
#include "../message.h"
#include "convert.h"
#include "disk.h"
#include "iso.h"
#include "kernel.h"
#include "oci.h"
#include "options.h"

#define KUBEVIRT_USER 107u /* who QEMU runs as in KubeVirt, and who must be able to read a containerDisk */

static const char usage[] =
        "usage: coracle image IMAGE -o OUT [--format FORMAT] [--cmdline TEXT] [--size SIZE]\n"
        "                     [--data FILE | --data-size SIZE]\n"
        "\n"
        "Makes of an image what hypervisors, boot loaders and clouds take. OUT's name tells the format, or FORMAT "
        "does:\n"
        "\n"
        "  raw (.img)  a disk that BIOS and UEFI boot\n"
        "  qcow2, vmdk, vhdx, vhd, vdi\n"
        "              the same disk in other formats, by qemu-img\n"
        "  iso         a CD that BIOS and UEFI boot, also when copied to a disk; by xorriso\n"
        "  efi, bzimage\n"
        "              one file that is an EFI program, and a Linux kernel to boot loaders and to QEMU's -kernel\n"
        "  oci         a container image (a directory) that carries the image, for registries\n"
        "  containerdisk\n"
        "              a container image that carries a qcow2 disk, for KubeVirt\n"
        "\n"
        "  -o, --output OUT      where to\n"
        "      --format FORMAT   one of the above\n"
        "      --cmdline TEXT    the command line, for whenever the boot loader gives none\n"
        "      --size SIZE       of the disk, as 64M or 1G; without it, as small as it can be\n"
        "      --data FILE       adds a partition with the contents of FILE to a disk\n"
        "      --data-size SIZE  adds an empty partition\n"
        "\n"
        "The same input makes the same bytes.\n";

static void write_file(const char *path, const struct text *contents)
{
        struct output output;
        output_open(&output, path);
        output_write(&output, 0, contents->bytes, contents->length);
        output_keep(&output);
}

static void write_raw(const struct text *kernel, const struct image_options *options)
{
        struct output output;
        output_open(&output, options->output);
        disk_make(&output, kernel, options);
        output_keep(&output);
}

/* Into `output`, which the caller has opened. */
static void write_disk(struct output *output, const struct text *kernel, const struct image_options *options,
                       enum image_format format)
{
        struct output raw;
        const struct digest content = digest_of(kernel->bytes, kernel->length);
        output_open(&raw, options->output);
        disk_make(&raw, kernel, options);
        convert(output, raw.temporary, format, &content);
        output_drop(&raw);
}

static void write_converted(const struct text *kernel, const struct image_options *options)
{
        struct output output;
        output_open(&output, options->output);
        write_disk(&output, kernel, options, options->format);
        output_keep(&output);
}

static void write_iso(const struct text *kernel, const struct image_options *options)
{
        struct output output;
        output_open(&output, options->output);
        iso_make(&output, kernel);
        output_keep(&output);
}

/* hello of some/where/hello.elf */
static void add_title(struct text *title, const char *path)
{
        const char *slash = strrchr(path, '/');
        const char *name = slash != NULL ? slash + 1 : path;
        const char *dot = strrchr(name, '.');
        text_add_bytes(title, name, dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name));
}

static void write_oci(const struct text *kernel, const struct image_options *options)
{
        struct output disk = {0};
        struct text title = {0};
        add_title(&title, options->image);
        struct oci_content content = {.title = title.bytes, .command_line = options->command_line};
        content.file = options->image;
        content.name = "boot/coracle.elf";
        if (options->format == FORMAT_CONTAINERDISK) {
                output_open(&disk, options->output);
                write_disk(&disk, kernel, options, FORMAT_QCOW2);
                content.file = disk.temporary;
                content.name = "disk/disk.qcow2";
                content.owner = KUBEVIRT_USER;
        }
        oci_make(options->output, &content);
        output_drop(&disk);
        text_free(&title);
}

static void write_output(const struct text *kernel, const struct image_options *options)
{
        switch (options->format) {
        case FORMAT_EFI:
        case FORMAT_BZIMAGE:
                write_file(options->output, kernel);
                break;
        case FORMAT_RAW:
                write_raw(kernel, options);
                break;
        case FORMAT_ISO:
                write_iso(kernel, options);
                break;
        case FORMAT_OCI:
        case FORMAT_CONTAINERDISK:
                write_oci(kernel, options);
                break;
        default:
                write_converted(kernel, options);
        }
}

int command_image(int argc, char *argv[])
{
        struct image_options options;
        struct image image;
        char error[IMAGE_ERROR];
        if (!image_options_parse(&options, argc, argv, error))
                refuse("%s", error);
        if (options.help) {
                fputs(usage, stdout);
                return fflush(stdout) == 0 ? 0 : 1;
        }
        struct text kernel = {0};
        if (!image_open(&image, options.image, error) || !kernel_make(&kernel, &image, options.command_line, error))
                refuse("%s", error);
        write_output(&kernel, &options);
        text_free(&kernel);
        image_close(&image);
        return 0;
}
