/* The command line: words and their quoting, environment, arguments, options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include <coracle/log.h>
#include <coracle/options.h>
#include <libos/core/command_line.h>

static struct command_line parsed;
static char why[100];
static char logged[1000];

void log_write(enum log_level level, const char *room, const char *format, ...)
{
        va_list arguments;
        size_t used = strlen(logged);
        used += (size_t)snprintf(logged + used, sizeof(logged) - used, "%d[%s] ", (int)level, room);
        va_start(arguments, format);
        vsnprintf(logged + used, sizeof(logged) - used, format, arguments);
        va_end(arguments);
        strcat(logged, "\n");
}

static void parse(const char *line)
{
        why[0] = '\0';
        logged[0] = '\0';
        assert_int_equal(command_line_parse(line, &parsed, why, sizeof(why)), 0);
}

/* The words of a NULL-terminated list, each in brackets. */
static const char *joined(char **words)
{
        static char text[5000];
        text[0] = '\0';
        for (; *words != NULL; words++) {
                strcat(text, "[");
                strcat(text, *words);
                strcat(text, "]");
        }
        return text;
}

static void assert_arguments(const char *line, const char *wanted)
{
        parse(line);
        assert_string_equal(joined(parsed.argv + 1), wanted);
        assert_int_equal(parsed.argc > 0, 1);
        assert_null(parsed.argv[parsed.argc]);
}

static void assert_refused(const char *line, const char *reason)
{
        assert_int_equal(command_line_parse(line, &parsed, why, sizeof(why)), -EINVAL);
        assert_string_equal(why, reason);
}

static void an_empty_line_gives_a_name_and_nothing_else(void **state)
{
        (void)state;
        parse("");
        assert_int_equal(parsed.argc, 1);
        assert_string_equal(parsed.argv[0], "program");
        assert_null(parsed.environment[0]);
        parse(" \t\n ");
        assert_int_equal(parsed.argc, 1);
        parse("--");
        assert_int_equal(parsed.argc, 1);
}

static void words_are_sorted_by_what_they_are(void **state)
{
        (void)state;
        parse("coracle.ip=10.0.0.2 A=1 virtio_mmio.device=512@0xfeb00000:5 rw B=two coracle.name=x -- C=3 coracle.y=1");
        assert_string_equal(joined(parsed.environment), "[A=1][B=two]");
        assert_string_equal(joined(parsed.argv), "[x][C=3][coracle.y=1]");
        assert_string_equal(option_get("ip"), "10.0.0.2");
        assert_null(option_get("y"));
        assert_null(option_get("i"));
        assert_null(option_get("ipx"));
        assert_string_equal(option_word("virtio_mmio.device", 0), "512@0xfeb00000:5");
        assert_null(option_word("virtio_mmio.device", 1));
        assert_null(option_word("rw", 0));
}

static void environment_names_are_names(void **state)
{
        (void)state;
        parse("1A=1 A.B=2 =3 _x9=4 A-B=5 A= B==");
        assert_string_equal(joined(parsed.environment), "[_x9=4][A=][B==]");
}

static void the_last_of_an_option_wins_and_device_words_keep_their_order(void **state)
{
        (void)state;
        parse("coracle.ip=1 v.d=a coracle.ip=2 v.d=b v.d=c");
        assert_string_equal(option_get("ip"), "2");
        assert_string_equal(option_word("v.d", 0), "a");
        assert_string_equal(option_word("v.d", 1), "b");
        assert_string_equal(option_word("v.d", 2), "c");
        assert_null(option_word("v.d", 3));
}

static void device_words_that_qemu_appends_are_no_arguments(void **state)
{
        (void)state;
        assert_arguments("-- a virtio_mmio.device=1 b virtio_mmio.device=2 virtio_mmio.device=3",
                         "[a][virtio_mmio.device=1][b]");
        assert_int_equal(parsed.argc, 4);
        assert_string_equal(option_word("virtio_mmio.device", 0), "2");
        assert_string_equal(option_word("virtio_mmio.device", 1), "3");
        assert_null(option_word("virtio_mmio.device", 2));
        assert_arguments("virtio_mmio.device=1 -- virtio_mmio.device=2", "");
        assert_string_equal(option_word("virtio_mmio.device", 1), "2");
}

static void quoting_is_a_shells(void **state)
{
        (void)state;
        assert_arguments("-- 'a b' \"c d\" e\\ f", "[a b][c d][e f]");
        assert_arguments("-- '' \"\" x''y", "[][][xy]");
        assert_arguments("-- 'a\"\\b' \"a'\\\"\\\\\\$\\`\\n\"", "[a\"\\b][a'\"\\$`\\n]");
        assert_arguments("-- \\' \\\" \\\\ \\a", "['][\"][\\][a]");
        assert_arguments("-- a'b'\"c\"\\d", "[abcd]");
        assert_arguments("-- \"a\\\nb\" c\\\nd", "[ab][cd]");
        assert_arguments("-- $HOME `x` ~ * # ; & |", "[$HOME][`x`][~][*][#][;][&][|]");
        assert_arguments("-- '--' -- x", "[--][--][x]");
        parse("'A=b c' A\"\"B=x '--' y");
        assert_string_equal(joined(parsed.environment), "[A=b c][AB=x]");
        assert_string_equal(joined(parsed.argv + 1), "[y]");
}

static void each_quoting_error_is_named(void **state)
{
        (void)state;
        assert_refused("a 'b c", "command line: the ' at character 3 has no partner");
        assert_refused("a b\"c", "command line: the \" at character 4 has no partner");
        assert_refused("a \"b\\\"", "command line: the \" at character 3 has no partner");
        assert_refused("a 'b'c'", "command line: the ' at character 7 has no partner");
        assert_refused("a -- b\\", "command line: it ends in a backslash that quotes nothing");
        assert_refused("'", "command line: the ' at character 1 has no partner");
        assert_refused("\"\\", "command line: the \" at character 1 has no partner");
}

static void a_line_of_many_words_fits_and_a_longer_one_is_refused(void **state)
{
        char line[COMMAND_LINE_MAX + 10];
        (void)state;
        for (int i = 0; i < COMMAND_LINE_MAX - 1; i++)
                line[i] = i % 2 == 0 ? 'x' : ' ';
        line[COMMAND_LINE_MAX - 1] = '\0';
        parse(line);
        assert_int_equal(parsed.argc, 1);
        memcpy(line, "-- ", 3);
        parse(line);
        assert_int_equal(parsed.argc, 1 + (COMMAND_LINE_MAX - 3) / 2);
        assert_null(parsed.argv[parsed.argc]);
        line[COMMAND_LINE_MAX - 1] = 'x';
        line[COMMAND_LINE_MAX] = '\0';
        assert_refused(line, "command line: it is longer than 4095 characters");
}

static void unknown_options_are_named(void **state)
{
        (void)state;
        parse("coracle.verbose=0 coracle.verbos=1 coracle.=2 coracle.ip coracle.metadata=gce quiet "
              "virtio_mmio.device=1");
        command_line_check();
        assert_string_equal(logged, "1[boot] command line: \"coracle.verbos=1\" is no option; it is ignored\n"
                                    "1[boot] command line: \"coracle.=2\" is no option; it is ignored\n"
                                    "1[boot] command line: \"coracle.ip\" has no value; it is ignored\n"
                                    "1[boot] command line: \"coracle.metadata=gce\" needs -linstance; it is ignored\n"
                                    "2[boot] command line: \"quiet\" is no option; it is ignored\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_empty_line_gives_a_name_and_nothing_else),
                cmocka_unit_test(words_are_sorted_by_what_they_are),
                cmocka_unit_test(environment_names_are_names),
                cmocka_unit_test(the_last_of_an_option_wins_and_device_words_keep_their_order),
                cmocka_unit_test(device_words_that_qemu_appends_are_no_arguments),
                cmocka_unit_test(quoting_is_a_shells),
                cmocka_unit_test(each_quoting_error_is_named),
                cmocka_unit_test(a_line_of_many_words_fits_and_a_longer_one_is_refused),
                cmocka_unit_test(unknown_options_are_named),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
