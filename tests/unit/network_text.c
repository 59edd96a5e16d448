/* Addresses as text, the command line's address words, DNS messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "libos/net/config.h"
#include "libos/net/names/dns_message.h"
#include "libos/net/names/names.h"

static void ipv4_text_is_four_decimal_numbers_and_nothing_else(void **state)
{
        (void)state;
        uint8_t bytes[4];
        assert_true(text_to_ipv4("192.168.0.255", bytes));
        assert_memory_equal(bytes, "\xc0\xa8\x00\xff", 4);
        static const char *const wrong[] = {
                "",       "1",       "1.2.3",  "1.2.3.4.5", "1.2.3.256", "01.2.3.4",         "1.2.3.4 ",
                "1..2.3", "a.2.3.4", "1.2.3.", ".1.2.3",    "1.2.3.-4",  "99999999999.1.1.1"};
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
                assert_false(text_to_ipv4(wrong[i], bytes));
}

static void ipv6_text_goes_both_ways_in_its_canonical_form(void **state)
{
        (void)state;
        static const struct {
                const char *in, *out;
        } forms[] = {
                {"::", "::"},
                {"::1", "::1"},
                {"1::", "1::"},
                {"fe80::5054:ff:fe12:3456", "fe80::5054:ff:fe12:3456"},
                {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
                {"2001:DB8::0:1", "2001:db8::1"},
                {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
                {"1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"},
                {"::ffff:10.0.2.15", "::ffff:10.0.2.15"},
                {"64:ff9b::10.0.2.15", "64:ff9b::a00:20f"},
                {"0:0:0:0:0:0:0:0", "::"},
                {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        };
        for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
                uint8_t bytes[16];
                char text[IPV6_TEXT_MAX];
                assert_true(text_to_ipv6(forms[i].in, bytes));
                ipv6_to_text(bytes, text);
                assert_string_equal(text, forms[i].out);
        }
        static const char *const wrong[] = {"",
                                            ":",
                                            "1",
                                            ":::",
                                            "1:2:3:4:5:6:7:8:9",
                                            "1::2::3",
                                            "12345::",
                                            "g::",
                                            "1:2:3:4:5:6:7",
                                            ":1::",
                                            "1:",
                                            "::1:",
                                            "1:2:3:4:5:6:7:8::",
                                            "::1.2.3",
                                            "1:2:3:4:5:6:7:1.2.3.4"};
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                uint8_t bytes[16];
                assert_false(text_to_ipv6(wrong[i], bytes));
        }
}

static void a_static_address_with_everything(void **state)
{
        (void)state;
        struct address_config config;
        char why[128];
        assert_true(address_config_parse("10.0.2.15/24,gw=10.0.2.2,dns=10.0.2.3,dns=fd00::1", false, &config, why,
                                         sizeof(why)));
        assert_int_equal(config.mode, ADDRESS_STATIC);
        assert_int_equal(config.prefix, 24);
        assert_true(config.has_gateway);
        assert_int_equal(config.dns_count, 2);
        assert_true(address_config_parse("fd00::15/64,gw=fe80::1", true, &config, why, sizeof(why)));
        assert_true(address_config_parse("dhcp", false, &config, why, sizeof(why)));
        assert_int_equal(config.mode, ADDRESS_AUTOMATIC);
        assert_true(address_config_parse("none", true, &config, why, sizeof(why)));
        assert_int_equal(config.mode, ADDRESS_NONE);
}

static void a_wrong_word_is_named(void **state)
{
        (void)state;
        static const struct {
                const char *text;
                bool ipv6;
                const char *names;
        } wrong[] = {
                {"", false, "\"\""},
                {"10.0.2.15", false, "10.0.2.15/24"},
                {"10.0.2.15/", false, "\"/\""},
                {"10.0.2.15/33", false, "\"/33\""},
                {"10.0.2.15/0", false, "\"/0\""},
                {"10.0.2.15/2x", false, "\"/2x\""},
                {"0.0.0.0/24", false, "0.0.0.0"},
                {"224.0.0.1/24", false, "224.0.0.1"},
                {"10.0.2.256/24", false, "10.0.2.256"},
                {"10.0.2.15/24,gw=", false, "\"gw=\""},
                {"10.0.2.15/24,gw=host", false, "gw=host"},
                {"10.0.2.15/24,gateway=1.1.1.1", false, "gateway=1.1.1.1"},
                {"10.0.2.15/24,", false, "\"\""},
                {"10.0.2.15/24,dns=x", false, "dns=x"},
                {"10.0.2.15/24,dns=1.1.1.1,dns=1.1.1.1,dns=1.1.1.1,dns=1.1.1.1,dns=1.1.1.1", false, "more than"},
                {"dhcp,gw=10.0.2.2", false, "gw=10.0.2.2"},
                {"DHCP", false, "DHCP"},
                {"10.0.2.15/24", true, "10.0.2.15"},
                {"fd00::1/129", true, "/129"},
                {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false,
                 "too long"},
        };
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                struct address_config config;
                char why[160] = "";
                assert_false(address_config_parse(wrong[i].text, wrong[i].ipv6, &config, why, sizeof(why)));
                assert_non_null(strstr(why, wrong[i].names));
        }
}

static unsigned answers;
static char last_name[DNS_NAME_MAX];

static void note(void *ctx, const struct dns_answer *answer)
{
        (void)ctx;
        answers++;
        if (answer->name != NULL)
                strcpy(last_name, answer->name);
}

static enum dns_result read_reply(const void *reply, size_t bytes, const uint8_t *query, size_t query_bytes)
{
        bool truncated;
        answers = 0;
        last_name[0] = '\0';
        return dns_reply_read(reply, bytes, query, query_bytes, note, NULL, &truncated);
}

static void a_query_is_built_and_its_reply_read(void **state)
{
        (void)state;
        uint8_t query[DNS_MESSAGE_MAX], reply[DNS_MESSAGE_MAX];
        size_t bytes = dns_query_build(query, 0x1234, "www.example.com", DNS_TYPE_A);
        assert_int_equal(bytes, 12 + 17 + 4);
        assert_memory_equal(query + 12, "\3www\7example\3com\0\0\1\0\1", 21);
        memcpy(reply, query, bytes);
        reply[2] = 0x81;
        reply[3] = 0x80;
        reply[7] = 2;                                                               /* answers */
        static const char records[] = "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\6\3web\xc0\x10" /* CNAME web.example.com */
                                      "\xc0\x2d\0\1\0\1\0\0\0\x3c\0\4\x01\x02\x03\x04";
        memcpy(reply + bytes, records, sizeof(records) - 1);
        size_t total = bytes + sizeof(records) - 1;
        assert_int_equal(read_reply(reply, total, query, bytes), DNS_OK);
        assert_int_equal(answers, 2);
        assert_string_equal(last_name, "web.example.com");
        /* the case of the question may be changed on the way */
        reply[13] = 'W';
        assert_int_equal(read_reply(reply, total, query, bytes), DNS_OK);
        reply[13] = 'x';
        assert_int_equal(read_reply(reply, total, query, bytes), DNS_NOT_OURS);
        reply[13] = 'w';
        reply[0] ^= 1;
        assert_int_equal(read_reply(reply, total, query, bytes), DNS_NOT_OURS);
        reply[0] ^= 1;
        for (size_t cut = bytes; cut < total; cut++)
                assert_int_equal(read_reply(reply, cut, query, bytes), DNS_SERVER);
        reply[3] = 0x83;
        assert_int_equal(read_reply(reply, total, query, bytes), DNS_NO_NAME);
}

static void a_name_that_points_to_itself_is_refused(void **state)
{
        (void)state;
        uint8_t query[DNS_MESSAGE_MAX], reply[DNS_MESSAGE_MAX];
        size_t bytes = dns_query_build(query, 1, "a.b", DNS_TYPE_A);
        memcpy(reply, query, bytes);
        reply[2] = 0x80;
        reply[7] = 1;
        reply[bytes] = 0xc0;
        reply[bytes + 1] = (uint8_t)bytes;
        memset(reply + bytes + 2, 0, 14);
        assert_int_equal(read_reply(reply, bytes + 16, query, bytes), DNS_SERVER);
}

static void a_malformed_name_is_not_asked_for(void **state)
{
        (void)state;
        uint8_t query[DNS_MESSAGE_MAX];
        char name[400];
        assert_int_equal(dns_query_build(query, 1, "", DNS_TYPE_A), 0);
        assert_int_equal(dns_query_build(query, 1, ".", DNS_TYPE_A), 0);
        assert_int_equal(dns_query_build(query, 1, "a..b", DNS_TYPE_A), 0);
        assert_int_not_equal(dns_query_build(query, 1, "a.b.", DNS_TYPE_A), 0);
        memset(name, 'a', sizeof(name));
        name[64] = '\0';
        assert_int_equal(dns_query_build(query, 1, name, DNS_TYPE_A), 0);
        for (size_t i = 0; i < sizeof(name) - 1; i++)
                name[i] = i % 2 ? '.' : 'a';
        name[sizeof(name) - 1] = '\0';
        assert_int_equal(dns_query_build(query, 1, name, DNS_TYPE_A), 0);
}

uint16_t network_checksum(const void *data, int bytes);

static void the_checksum_is_the_ones_complement_sum_of_16_bit_words(void **state)
{
        (void)state;
        static uint8_t data[70000];
        for (size_t i = 0; i < sizeof(data); i++)
                data[i] = (uint8_t)(i * 197 + i / 251);
        memset(data + 20000, 0xff, 40000);
        for (size_t start = 0; start < 9; start++) {
                for (int bytes = 0; bytes < 65536; bytes += bytes < 80 ? 1 : 997) {
                        uint32_t sum = 0;
                        for (int i = 0; i < bytes; i++)
                                sum += (uint32_t)data[start + (size_t)i] << (i % 2 * 8);
                        while (sum >> 16 != 0)
                                sum = (sum & 0xffff) + (sum >> 16);
                        assert_int_equal(network_checksum(data + start, bytes), sum);
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(ipv4_text_is_four_decimal_numbers_and_nothing_else),
                cmocka_unit_test(ipv6_text_goes_both_ways_in_its_canonical_form),
                cmocka_unit_test(a_static_address_with_everything),
                cmocka_unit_test(a_wrong_word_is_named),
                cmocka_unit_test(a_query_is_built_and_its_reply_read),
                cmocka_unit_test(a_name_that_points_to_itself_is_refused),
                cmocka_unit_test(a_malformed_name_is_not_asked_for),
                cmocka_unit_test(the_checksum_is_the_ones_complement_sum_of_16_bit_words),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
