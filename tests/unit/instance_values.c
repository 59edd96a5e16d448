/* Instance data: which value wins, and what is left out with which message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <coracle/log.h>
#include <libos/core/command_line.h>
#include <libos/instance/values.h>
#include <libos/net/check.h>

const char coracle_instance = 1; /* libos/instance/start.c's: this image reads instance data */

static const struct instance_source fw_cfg = {INSTANCE_FW_CFG, "fw_cfg"};
static const struct instance_source disk = {INSTANCE_DISK, "disk"};

static char logged[4000];

void log_write(enum log_level level, const char *room, const char *format, ...)
{
        va_list arguments;
        if (level == LOG_INFO)
                return;
        size_t used = strlen(logged);
        used += (size_t)snprintf(logged + used, sizeof(logged) - used, "[%s] ", room);
        va_start(arguments, format);
        used += (size_t)vsnprintf(logged + used, sizeof(logged) - used, format, arguments);
        va_end(arguments);
        snprintf(logged + used, sizeof(logged) - used, "\n");
}

bool network_word_check(const char *key, const char *value, char *why, size_t why_bytes)
{
        if (strcmp(value, "bad") != 0)
                return true;
        snprintf(why, why_bytes, "it is bad for \033%s", key);
        return false;
}

static int reset(void **state)
{
        (void)state;
        instance_values_reset();
        logged[0] = '\0';
        return 0;
}

static const char *all(bool options)
{
        static char text[20000];
        const char *word;
        text[0] = '\0';
        for (unsigned n = 0; (word = instance_value_at(options, n)) != NULL; n++) {
                strcat(text, "[");
                strcat(text, word);
                strcat(text, "]");
        }
        return text;
}

static void line(const struct instance_source *source, const char *text)
{
        instance_line(source, "cmdline", text, strlen(text));
}

static void the_first_source_wins_and_within_one_the_last_word(void **state)
{
        (void)state;
        instance_taken("A=line");
        instance_taken("coracle.hostname=line");
        line(&fw_cfg, "A=1 B=1 B=2 coracle.hostname=x coracle.name=n");
        line(&disk, "A=3 B=3 C=3 coracle.name=m coracle.grace=5");
        assert_string_equal(all(false), "[B=2][C=3]");
        assert_string_equal(all(true), "[coracle.name=n][coracle.grace=5]");
        assert_string_equal(logged, "");
}

static void the_first_device_has_two_names_and_one_address(void **state)
{
        (void)state;
        instance_taken("coracle.ip=10.0.0.1/8");
        line(&fw_cfg, "coracle.ip0=10.0.0.2/8 coracle.ip6_0=fd::1/64 coracle.ip1=dhcp");
        line(&disk, "coracle.ip6=fd::2/64 coracle.ip=none");
        assert_string_equal(all(true), "[coracle.ip6_0=fd::1/64][coracle.ip1=dhcp]");
}

static void arguments_come_from_one_source(void **state)
{
        unsigned count;
        (void)state;
        line(&fw_cfg, "A=1");
        line(&disk, "-- one 'two words' B=3");
        const struct instance_source metadata = {INSTANCE_METADATA, "metadata"};
        line(&metadata, "-- three");
        char **arguments = instance_arguments(&count);
        assert_int_equal(count, 3);
        assert_string_equal(arguments[1], "two words");
        assert_string_equal(arguments[2], "B=3");
        instance_values_reset();
        instance_arguments_taken();
        line(&disk, "-- one");
        instance_arguments(&count);
        assert_int_equal(count, 0);
}

static void what_the_machines_owner_says_is_not_to_be_changed(void **state)
{
        static const char *const refused[] = {"exit_port", "status_port", "input", "console",
                                              "ip9",       "ip6_6",       "ipx",   ""};
        static const char *const taken[] = {"ip",  "ip0",  "ip5",   "ip6",     "ip6_0",   "ip6_5",
                                            "dns", "name", "grace", "verbose", "metadata"};
        char text[60];
        (void)state;
        for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
                logged[0] = '\0';
                snprintf(text, sizeof(text), "coracle.%s=1", refused[i]);
                line(&fw_cfg, text);
                assert_non_null(strstr(logged, "is not an option that instance data may set; it is ignored\n"));
        }
        assert_string_equal(all(true), "");
        for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
                struct command_line parsed;
                char why[80];
                instance_values_reset();
                snprintf(text, sizeof(text), "coracle.%s=1", taken[i]);
                logged[0] = '\0';
                line(&fw_cfg, text);
                assert_non_null(instance_value_at(true, 0));
                /* ... and each of them is one that the command line knows. */
                assert_int_equal(command_line_parse(text, &parsed, why, sizeof(why)), 0);
                command_line_check();
                assert_string_equal(logged, "");
        }
}

static void a_wrong_address_is_left_out_and_its_text_cannot_steer_a_terminal(void **state)
{
        (void)state;
        line(&disk, "coracle.ip=bad coracle.hostname=-x coracle.hostname=a.b-c 'A\033[2J=1' '\033[31m'");
        assert_string_equal(all(true), "[coracle.hostname=a.b-c]");
        assert_string_equal(logged, "[instance] disk: coracle.ip=bad: it is bad for ?ip; it is ignored\n"
                                    "[instance] disk: \"-x\" is not a host name; it is ignored\n"
                                    "[instance] disk: \"A?[2J\" is not a name for the environment; it is ignored\n"
                                    "[instance] disk: cmdline: \"?[31m\" means nothing here\n");
}

static void the_metadata_service_cannot_change_the_network_that_led_to_it(void **state)
{
        const struct instance_source metadata = {INSTANCE_METADATA, "metadata"};
        (void)state;
        line(&metadata, "coracle.ip=dhcp coracle.dns=1.1.1.1 coracle.name=n");
        assert_string_equal(all(true), "[coracle.name=n]");
        assert_string_equal(logged,
                            "[instance] metadata: coracle.ip comes too late: the network is up; it is ignored\n"
                            "[instance] metadata: coracle.dns comes too late: the network is up; it is ignored\n");
}

static void host_names_are_checked(void **state)
{
        static const char *const bad[] = {"", "-a", ".a", "a b", "a/b", "a\n"};
        char longest[65];
        (void)state;
        memset(longest, 'a', 64);
        longest[64] = '\0';
        instance_hostname(&disk, longest);
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                instance_hostname(&disk, bad[i]);
        assert_string_equal(all(true), "");
        longest[63] = '\0';
        instance_hostname(&disk, longest);
        assert_non_null(instance_value_at(true, 0));
}

static void a_quote_without_a_partner_ends_a_line(void **state)
{
        (void)state;
        line(&fw_cfg, "A=1 B='2 C=3");
        assert_string_equal(all(false), "[A=1]");
        assert_string_equal(logged, "[instance] fw_cfg: cmdline: the quote at character 7 has no partner; what follows "
                                    "is ignored\n");
}

static void what_is_too_much_is_refused(void **state)
{
        char *big = malloc(INSTANCE_LINE_MAX + 2);
        char word[20];
        (void)state;
        memset(big, 'x', INSTANCE_LINE_MAX + 1);
        big[INSTANCE_LINE_MAX + 1] = '\0';
        line(&fw_cfg, big);
        assert_string_equal(logged, "[instance] fw_cfg: cmdline: it is longer than 65536 bytes; it is ignored\n");
        logged[0] = '\0';
        memcpy(big, "A=", 2);
        big[INSTANCE_WORD_MAX] = '\0';
        line(&fw_cfg, big);
        assert_string_equal(logged,
                            "[instance] fw_cfg: the value of \"A\" is longer than 32768 bytes; it is ignored\n");
        free(big);
        logged[0] = '\0';
        for (unsigned i = 0; i <= INSTANCE_VALUE_MAX; i++) {
                snprintf(word, sizeof(word), "A%u=1", i);
                line(&fw_cfg, word);
        }
        assert_string_equal(logged, "[instance] fw_cfg: there is no room for more than 1024 values\n");
        instance_line(&disk, "cmdline", "Z=1\0Y=2", 7);
        assert_null(strstr(all(false), "Y=2"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(the_first_source_wins_and_within_one_the_last_word, reset),
                cmocka_unit_test_setup(the_first_device_has_two_names_and_one_address, reset),
                cmocka_unit_test_setup(arguments_come_from_one_source, reset),
                cmocka_unit_test_setup(what_the_machines_owner_says_is_not_to_be_changed, reset),
                cmocka_unit_test_setup(a_wrong_address_is_left_out_and_its_text_cannot_steer_a_terminal, reset),
                cmocka_unit_test_setup(the_metadata_service_cannot_change_the_network_that_led_to_it, reset),
                cmocka_unit_test_setup(host_names_are_checked, reset),
                cmocka_unit_test_setup(a_quote_without_a_partner_ends_a_line, reset),
                cmocka_unit_test_setup(what_is_too_much_is_refused, reset),
        };
        return cmocka_run_group_tests(tests, NULL, (int (*)(void **))reset);
}
