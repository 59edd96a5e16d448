/* The options of `coracle image`; see options.h. */
#include "options.h"

#include <getopt.h>
#include <string.h>

#include "../guest/options.h"
#include "../text.h"

#define COMMAND_LINE_MAX 4095u /* what the nucleus has room for */
#define DISK_MAX         (UINT64_C(1) << 46)

const char *const image_format_names[FORMATS] = {"raw", "qcow2", "vmdk",    "vhdx", "vhd",          "vdi",
                                                 "iso", "efi",   "bzimage", "oci",  "containerdisk"};

enum { OPTION_FORMAT = 256, OPTION_SIZE, OPTION_COMMAND_LINE, OPTION_DATA, OPTION_DATA_SIZE };

static const struct option long_options[] = {
        {"output", required_argument, NULL, 'o'},
        {"format", required_argument, NULL, OPTION_FORMAT},
        {"size", required_argument, NULL, OPTION_SIZE},
        {"cmdline", required_argument, NULL, OPTION_COMMAND_LINE},
        {"data", required_argument, NULL, OPTION_DATA},
        {"data-size", required_argument, NULL, OPTION_DATA_SIZE},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
};

/* Digits, then K, M, G, T or nothing; whole sectors. */
static bool take_size(uint64_t *bytes, const char *option, const char *text, char *error)
{
        static const char suffixes[] = "KMGT";
        uint64_t value = 0;
        const char *p = text;
        for (; *p >= '0' && *p <= '9' && value <= DISK_MAX; p++)
                value = value * 10 + (uint64_t)(*p - '0');
        const bool has_digits = p != text;
        const char *suffix = *p != '\0' ? strchr(suffixes, *p) : NULL;
        if (suffix != NULL) {
                for (long i = 0; i <= suffix - suffixes && value <= DISK_MAX; i++)
                        value *= 1024;
                p++;
        }
        if (!has_digits || *p != '\0')
                return option_wrong(error, "%s %s is not a size; write for example %s 64M or %s 1G", option, text,
                                    option, option);
        if (value == 0 || value > DISK_MAX || value % 512 != 0)
                return option_wrong(error, "%s %s: a disk is whole sectors of 512 bytes, from 512 bytes to 64 TiB",
                                    option, text);
        *bytes = value;
        return true;
}

static bool take_format(struct image_options *options, const char *name, char *error)
{
        for (unsigned i = 0; i < FORMATS; i++) {
                if (strcmp(name, image_format_names[i]) == 0) {
                        options->format = (enum image_format)i;
                        return true;
                }
        }
        return option_wrong(error,
                            "--format %s is not one of raw, qcow2, vmdk, vhdx, vhd, vdi, iso, efi, bzimage, oci, "
                            "containerdisk",
                            name);
}

static bool take_command_line(struct image_options *options, const char *text, char *error)
{
        struct list words = {0};
        const bool is_quoted_well = list_add_words(&words, text);
        list_free(&words);
        if (!is_quoted_well)
                return option_wrong(error, "--cmdline %s: a quote is not closed", text);
        if (strlen(text) > COMMAND_LINE_MAX)
                return option_wrong(error, "--cmdline is longer than %u characters", COMMAND_LINE_MAX);
        options->command_line = text;
        return true;
}

/* OUT.qcow2 needs no --format qcow2. FORMATS: the name does not tell. */
static enum image_format guess_format(const char *output)
{
        static const struct {
                const char *suffix;
                enum image_format format;
        } known[] = {{"raw", FORMAT_RAW},   {"img", FORMAT_RAW}, {"qcow2", FORMAT_QCOW2},    {"vmdk", FORMAT_VMDK},
                     {"vhdx", FORMAT_VHDX}, {"vhd", FORMAT_VHD}, {"vdi", FORMAT_VDI},        {"iso", FORMAT_ISO},
                     {"efi", FORMAT_EFI},   {"EFI", FORMAT_EFI}, {"bzimage", FORMAT_BZIMAGE}};
        const char *dot = strrchr(output, '.');
        for (unsigned i = 0; dot != NULL && i < sizeof(known) / sizeof(known[0]); i++) {
                if (strcmp(dot + 1, known[i].suffix) == 0)
                        return known[i].format;
        }
        return FORMATS;
}

static bool is_disk(enum image_format format)
{
        return format <= FORMAT_VDI || format == FORMAT_CONTAINERDISK;
}

static bool check_together(const struct image_options *options, char *error)
{
        if (!is_disk(options->format) && (options->bytes != 0 || options->data != NULL || options->data_bytes != 0))
                return option_wrong(error, "--size, --data and --data-size are for disks; %s is none",
                                    image_format_names[options->format]);
        if (options->data != NULL && options->data_bytes != 0)
                return option_wrong(error,
                                    "--data and --data-size are one or the other: a file, or an empty partition");
        return true;
}

static bool take_option(void *ctx, int option, const char *value, char *error)
{
        struct image_options *options = ctx;
        switch (option) {
        case OPTION_FORMAT:
                return take_format(options, value, error);
        case OPTION_SIZE:
                return take_size(&options->bytes, "--size", value, error);
        case OPTION_DATA_SIZE:
                return take_size(&options->data_bytes, "--data-size", value, error);
        case OPTION_COMMAND_LINE:
                return take_command_line(options, value, error);
        case OPTION_DATA:
                options->data = value;
                return true;
        case 'o':
                options->output = value;
                return true;
        default:
                options->help = true;
                return true;
        }
}

bool image_options_parse(struct image_options *options, int argc, char *argv[], char *error)
{
        static const struct option_set set = {"image", long_options, "-:o:h", take_option,
                                              "its words go into --cmdline"};
        *options = (struct image_options){.command_line = "", .format = FORMATS};
        if (!option_parse(&set, options, argc, argv, &options->image, 1, error))
                return false;
        if (options->help)
                return true;
        if (options->image == NULL || options->output == NULL)
                return option_wrong(error, "which image, and where to? usage: coracle image IMAGE -o OUT [OPTIONS]");
        if (options->format == FORMATS)
                options->format = guess_format(options->output);
        if (options->format == FORMATS)
                return option_wrong(error, "the name %s does not tell the format; add --format raw, for example",
                                    options->output);
        return check_together(options, error);
}
