/* The command line of blkbench. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
        "usage: blkbench DEVICE [--read] [--write] [--verify] [--random] [--size SIZE] [--block SIZE]\n"
        "                [--depth N] [--seconds N] [--seed N]\n"
        "\n"
        "Reads or writes a block device (/dev/vda) and says how fast. Sizes: 512, 4k, 1M, 2G.\n"
        "\n"
        "  --read         read (default); with --write, after writing\n"
        "  --write        write the pattern; what is on the device is lost\n"
        "  --verify       compare what is read with the pattern; implies --read\n"
        "  --random       blocks in random order, for --seconds or as many as the size has\n"
        "  --size SIZE    use this much from the start (default: all)\n"
        "  --block SIZE   bytes of a request (default 1M)\n"
        "  --depth N      requests at a time, 1 to 256 (default 1; 32 with --random)\n"
        "  --seconds N    stop after N seconds; sequential runs start over until then\n"
        "  --seed N       of the pattern and the order (default 1)\n"
        "\n"
        "Exit status: 0; 1 when a request failed or a byte was wrong; 2 when the command is.\n";

static _Noreturn void refuse(const char *what, const char *value)
{
        fprintf(stderr, "blkbench: %s%s; see blkbench --help\n", what, value);
        exit(2);
}

static uint64_t number(const char *option, const char *text, uint64_t most, bool with_unit)
{
        char *end;
        unsigned shift = 0;
        uint64_t value = strtoull(text, &end, 10);
        if (with_unit && *end != '\0') {
                static const char units[] = "kKmMgGtT";
                const char *unit = strchr(units, *end);
                if (unit != NULL && end[1] == '\0') {
                        shift = 10 * (unsigned)((unit - units) / 2 + 1);
                        end++;
                }
        }
        if (*text < '0' || *text > '9' || *end != '\0' || value == 0 || value > most >> shift) {
                fprintf(stderr, "blkbench: --%s %s is not a %s from 1 to %llu\n", option, text,
                        with_unit ? "size" : "number", (unsigned long long)most);
                exit(2);
        }
        return value << shift;
}

void options_parse(struct options *options, int argc, char **argv)
{
        static const struct option known[] = {
                {"read", no_argument, NULL, 'r'},
                {"write", no_argument, NULL, 'w'},
                {"verify", no_argument, NULL, 'v'},
                {"random", no_argument, NULL, 'R'},
                {"size", required_argument, NULL, 's'},
                {"block", required_argument, NULL, 'b'},
                {"depth", required_argument, NULL, 'd'},
                {"seconds", required_argument, NULL, 't'},
                {"seed", required_argument, NULL, 'S'},
                {"help", no_argument, NULL, 'h'},
                {NULL, 0, NULL, 0},
        };
        *options = (struct options){.block = 1 << 20, .seed = 1};
        int option;
        while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
                switch (option) {
                case 'r':
                        options->read = true;
                        break;
                case 'w':
                        options->write = true;
                        break;
                case 'v':
                        options->verify = true;
                        break;
                case 'R':
                        options->random = true;
                        break;
                case 's':
                        options->size = number("size", optarg, UINT64_C(1) << 60, true);
                        break;
                case 'b':
                        options->block = (uint32_t)number("block", optarg, 64u << 20, true);
                        break;
                case 'd':
                        options->depth = (unsigned)number("depth", optarg, DEPTH_MAX, false);
                        break;
                case 't':
                        options->seconds = (unsigned)number("seconds", optarg, 86400, false);
                        break;
                case 'S':
                        options->seed = number("seed", optarg, UINT64_MAX, false);
                        break;
                case 'h':
                        fputs(usage, stdout);
                        exit(0);
                default:
                        exit(2);
                }
        }
        if (optind == argc)
                refuse("which device?", "");
        if (optind + 1 < argc)
                refuse("one device at a time, not also ", argv[optind + 1]);
        options->device = argv[optind];
        if (options->verify || !options->write)
                options->read = true;
        if (options->depth == 0)
                options->depth = options->random ? 32 : 1;
}
