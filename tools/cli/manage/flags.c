/* Parses few options; see flags.h. */
#include "flags.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "../guest/options.h"
#include "../message.h"

#define HELP        'h'
#define FIRST_VALUE 256 /* what getopt_long returns for the first of the flags */

char *const *flags_parse(const char *command, const char *usage, const struct flag *flags, size_t count, int argc,
                         char *argv[])
{
        struct option options[FLAGS_MAX + 2] = {{"help", no_argument, NULL, HELP}};
        struct text letters = {0};
        char error[ERROR_TEXT];
        text_add(&letters, ":%c", HELP);
        for (size_t i = 0; i < count && i < FLAGS_MAX; i++) {
                const bool has_value = flags[i].value != NULL;
                options[1 + i] = (struct option){flags[i].name, has_value ? required_argument : no_argument, NULL,
                                                 FIRST_VALUE + (int)i};
                if (flags[i].letter != 0)
                        text_add(&letters, "%c%s", flags[i].letter, has_value ? ":" : "");
        }
        optind = 0;
        opterr = 0;
        for (int option; (option = getopt_long(argc, argv, letters.bytes, options, NULL)) != -1;) {
                if (option == '?' || option == ':') {
                        option_unknown(command, options, option, argv[optind - 1], error);
                        refuse("%s", error);
                }
                if (option == HELP) {
                        fputs(usage, stdout);
                        exit(0);
                }
                for (size_t i = 0; i < count; i++) {
                        if (option != FIRST_VALUE + (int)i && option != flags[i].letter)
                                continue;
                        if (flags[i].value != NULL)
                                *flags[i].value = optarg;
                        else
                                *flags[i].is_set = true;
                }
        }
        text_free(&letters);
        return argv + optind;
}
