/* What `coracle run` understands, and the command lines that it makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/run/options.h"
#include "tools/cli/run/qemu.h"

static char error[ERROR_TEXT];

/* Parses the words of a line after `run`. */
static bool parse(struct run_options *options, struct list *words, const char *line)
{
        list_add_string(words, "run");
        assert_true(list_add_words(words, line));
        error[0] = '\0';
        return run_options_parse(options, (int)words->count, words->items, error);
}

static void assert_refused(const char *line, const char *with)
{
        struct run_options options;
        struct list words = {0};
        assert_false(parse(&options, &words, line));
        if (strstr(error, with) == NULL)
                fail_msg("`%s` gives `%s`, without `%s`", line, error, with);
        run_options_free(&options);
        list_free(&words);
}

static void options_may_stand_anywhere_before_the_arguments(void **state)
{
        (void)state;
        struct run_options options;
        struct list words = {0};
        assert_true(parse(&options, &words, "-m 1G x.elf --net=none -q -- -m 5 -- 'a b'"));
        assert_string_equal(options.image, "x.elf");
        assert_int_equal(options.memory_kib, 1024 * 1024);
        assert_int_equal(options.net, NET_NONE);
        assert_true(options.quiet);
        assert_int_equal(options.argument_count, 4);
        assert_string_equal(options.arguments[0], "-m");
        assert_string_equal(options.arguments[2], "--");
        assert_string_equal(options.arguments[3], "a b");
        run_options_free(&options);
        list_free(&words);
}

static void sizes_are_understood(void **state)
{
        (void)state;
        static const struct {
                const char *text;
                uint64_t kib;
        } good[] = {{"64", 65536}, {"64M", 65536}, {"64m", 65536}, {"2048K", 2048}, {"1G", 1 << 20}, {"1T", 1 << 30}};
        static const char *const bad[] = {"",     "M", "1.5G", "-1", "0x10", "1Q", "1MM", "99999999999999999999999",
                                          "8192T"};
        uint64_t kib;
        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
                assert_true(option_size(good[i].text, &kib));
                assert_int_equal(kib, good[i].kib);
        }
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_false(option_size(bad[i], &kib));
}

static void forwards_are_understood(void **state)
{
        (void)state;
        struct forward forward;
        assert_true(forward_parse(&forward, "8080:80"));
        assert_int_equal(forward.host, 8080);
        assert_int_equal(forward.guest, 80);
        assert_false(forward.udp);
        assert_int_equal(forward.address.s_addr, htonl(INADDR_LOOPBACK));
        assert_true(forward_parse(&forward, "udp:0.0.0.0:53:5353"));
        assert_true(forward.udp);
        assert_int_equal(forward.address.s_addr, 0);
        assert_int_equal(forward.guest, 5353);
        assert_true(forward_parse(&forward, "tcp:80"));
        assert_int_equal(forward.host, 80);
        assert_int_equal(forward.guest, 80);
        static const char *const bad[] = {
                "",        ":",        "80:",    ":80",   "0:80",    "80:0",        "65536:1",
                "1:65536", "a:80",     "80:80 ", " 80:1", "1:2:3:4", "1.2.3:80:80", "999.0.0.1:1:1",
                "udp:",    "sctp:1:1", "80:+1",  "+1:80", "1::2",    "000001:1",    "::1:80:80"};
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                if (forward_parse(&forward, bad[i]))
                        fail_msg("`%s` was taken", bad[i]);
        }
}

static void mistakes_are_named(void **state)
{
        (void)state;
        assert_refused("", "which image");
        assert_refused("a b", "one image at a time");
        assert_refused("a -m", "needs a value");
        assert_refused("a -m 1M", "too little");
        assert_refused("a --mem", "needs a value");
        assert_refused("a -z", "unknown option -z");
        assert_refused("a --verbos3", "did you mean --verbose");
        assert_refused("a -e =x", "-e =x");
        assert_refused("a -e coracle.ip=1", "letters, digits and _");
        assert_refused("a --net tap=", "--net tap=");
        assert_refused("a --net tap=0123456789abcdef", "--net tap=");
        assert_refused("a --net tap=a,script=x", "--net tap=");
        assert_refused("a --ip 10.0.0.1", "--ip");
        assert_refused("a --ip 'x/8 coracle.exit_port=1'", "--ip");
        assert_refused("a --net none --ip dhcp", "--ip needs a network");
        assert_refused("a --append --", "--append");
        assert_refused("a -p 1:2 -p 1:3", "twice");
}

static void help_needs_no_image(void **state)
{
        (void)state;
        struct run_options options;
        struct list words = {0};
        assert_true(parse(&options, &words, "--help"));
        assert_true(options.help);
        run_options_free(&options);
        list_free(&words);
}

/* QEMU's arguments for the options in `line`, joined by spaces. */
static char *command_for(const char *line, bool kvm, bool network)
{
        struct run_options options;
        struct list words = {0}, command = {0};
        struct text guest = {0}, all = {0};
        size_t excess;
        assert_true(parse(&options, &words, line));
        const struct qemu_choice choice = {"/usr/bin/qemu", kvm, network, 7, 1234, -1, -1, false, NULL, NULL};
        assert_true(guest_command_line(&options, &choice, &guest, &excess));
        qemu_command(&options, &choice, guest.bytes, &command);
        for (size_t i = 0; i < command.count; i++)
                text_add(&all, "%s%s", i != 0 ? " " : "", command.items[i]);
        list_free(&command);
        list_free(&words);
        text_free(&guest);
        run_options_free(&options);
        return all.bytes;
}

static void assert_has(const char *line, bool kvm, bool network, const char *wanted)
{
        char *command = command_for(line, kvm, network);
        if (strstr(command, wanted) == NULL)
                fail_msg("`%s` gives `%s`, without `%s`", line, command, wanted);
        free(command);
}

static void qemu_gets_what_was_asked_for(void **state)
{
        (void)state;
        assert_has("x.elf", false, false, "-machine microvm,acpi=off");
        assert_has("x.elf", false, false, "-accel tcg -cpu max -smp 1,maxcpus=2 -m 131072K");
        assert_has("x.elf", true, false, "-accel kvm -cpu host,-arch-capabilities -smp 1 -m");
        assert_has("x.elf --machine microvm,acpi=on", false, false, ",rtc=on,acpi=on ");
        assert_has("x.elf --machine q35", false, true, "virtio-net-pci,disable-legacy=on,romfile=,netdev=net0");
        assert_has("x.elf -p 8080:80 -p udp:0.0.0.0:53:53", false, true,
                   "user,id=net0,hostfwd=tcp:127.0.0.1:8080-10.0.2.15:80,hostfwd=udp:0.0.0.0:53-10.0.2.15:53");
        assert_has("x.elf", false, true, " coracle.ip=10.0.2.15/24,gw=10.0.2.2,dns=10.0.2.3");
        assert_has("x.elf --net tap=tap7", false, true, "tap,id=net0,ifname=tap7,script=no,downscript=no");
        assert_has("x.elf --net tap=t --ip 10.1.0.2/16", false, true, " coracle.ip=10.1.0.2/16");
        assert_has("x.elf --gdb", false, false, "-S -gdb tcp:127.0.0.1:1234");
        assert_has("x.elf -e 'A=b c' -e D= -- '' e", false, false, " A='b c' D= -- '' e");
        assert_has("a/b.elf", false, false, " coracle.name=b");
}

static void a_tap_has_no_address_unless_told(void **state)
{
        (void)state;
        static const char *const lines[] = {"x.elf --net tap=t", "x.elf --net tap=t --ip dhcp",
                                            "x.elf --net user --ip dhcp"};
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                char *command = command_for(lines[i], false, true);
                assert_null(strstr(command, "coracle.ip="));
                free(command);
        }
}

static void taps_give_their_guests_different_addresses(void **state)
{
        (void)state;
        char *first = command_for("x.elf --net tap=tap1", false, true),
             *second = command_for("x.elf --net tap=tap2", false, true);
        const char *one = strstr(first, "mac="), *two = strstr(second, "mac=");
        assert_non_null(one);
        assert_non_null(two);
        assert_int_not_equal(strncmp(one, two, 21), 0);
        free(first);
        free(second);
}

static void too_many_words_are_counted(void **state)
{
        (void)state;
        struct run_options options;
        struct list words = {0};
        struct text line = {0};
        char long_word[5000], *arguments[] = {long_word, NULL};
        size_t excess = 0;
        memset(long_word, 'x', sizeof(long_word) - 1);
        long_word[sizeof(long_word) - 1] = '\0';
        assert_true(parse(&options, &words, "x.elf"));
        options.arguments = arguments;
        options.argument_count = 1;
        const struct qemu_choice choice = {"/usr/bin/qemu", false, false, 7, 0, -1, -1, false, NULL, NULL};
        assert_false(guest_command_line(&options, &choice, &line, &excess));
        assert_true(excess > 1000 && excess < 2000);
        text_free(&line);
        list_free(&words);
        run_options_free(&options);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(options_may_stand_anywhere_before_the_arguments),
                cmocka_unit_test(sizes_are_understood),
                cmocka_unit_test(forwards_are_understood),
                cmocka_unit_test(mistakes_are_named),
                cmocka_unit_test(help_needs_no_image),
                cmocka_unit_test(qemu_gets_what_was_asked_for),
                cmocka_unit_test(a_tap_has_no_address_unless_told),
                cmocka_unit_test(taps_give_their_guests_different_addresses),
                cmocka_unit_test(too_many_words_are_counted),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
