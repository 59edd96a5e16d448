/* What clouds write for their instances: which values come out of it, and what is said of what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <coracle/init.h>
#include <coracle/log.h>
#include <coracle/options.h>
#include <libos/instance/cloud/cloud.h>
#include <libos/instance/cloud/document.h>
#include <libos/instance/instance.h>

static const struct instance_source source = {INSTANCE_DISK, "disk"};

/* Everything that was told, one thing after another. */
static char told[8000];

static void tell(const char *format, ...)
{
        va_list arguments;
        const size_t used = strlen(told);
        va_start(arguments, format);
        vsnprintf(told + used, sizeof(told) - used, format, arguments);
        va_end(arguments);
}

void log_write(enum log_level level, const char *room, const char *format, ...)
{
        char text[300];
        va_list arguments;
        (void)room;
        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        tell("%s(%s)", level == LOG_INFO ? "info" : "", text);
}

const char *instance_shown(const char *text, struct instance_shown *shown)
{
        snprintf(shown->text, sizeof(shown->text), "%s", text);
        return shown->text;
}

void instance_value(const struct instance_source *from, const char *key, const char *value)
{
        assert_ptr_equal(from, &source);
        tell("[%s=%s]", key, value);
}

void instance_hostname(const struct instance_source *from, const char *name)
{
        (void)from;
        tell("[host %s]", name);
}

void instance_argument(const struct instance_source *from, const char *text)
{
        (void)from;
        tell("[argument %s]", text);
}

void instance_line(const struct instance_source *from, const char *what, const char *text, size_t bytes)
{
        (void)from;
        tell("[%s: %.*s]", what, (int)bytes, text);
}

void instance_file(const struct instance_source *from, const char *path, const void *data, size_t bytes)
{
        (void)from;
        tell("[file %s %zu %.*s]", path, bytes, (int)bytes, (const char *)data);
}

void instance_keep_id(const char *id)
{
        tell("[id %s]", id);
}

void instance_keep_user_data(const void *data, size_t bytes)
{
        (void)data;
        tell("[kept %zu]", bytes);
}

typedef void (*reader)(const struct instance_source *source, const char *text, size_t bytes);

static void assert_told(reader fn, const char *text, const char *wanted)
{
        /* On the heap without a NUL behind it, so that reading on is seen. */
        const size_t bytes = strlen(text);
        char *copy = malloc(bytes);
        memcpy(copy, text, bytes);
        told[0] = '\0';
        fn(&source, copy, bytes);
        free(copy);
        assert_string_equal(told, wanted);
}

static void meta_data_has_a_name_and_an_identifier(void **state)
{
        (void)state;
        assert_told(cloud_meta_data, "instance-id: i-1\nlocal-hostname: web\n", "[id i-1][host web]");
        assert_told(cloud_meta_data, "{\"uuid\": \"u\", \"hostname\":\"a.b\", \"x\": [1, {\"y\": null}]}",
                    "[id u][host a.b]");
        assert_told(cloud_meta_data, "local-hostname: one\nhostname: two\n", "[host one]");
        assert_told(cloud_meta_data, "", "");
        assert_told(cloud_meta_data, "# nothing\n", "");
        assert_told(cloud_meta_data, "local-hostname:\n", "");
        assert_told(cloud_meta_data, "local-hostname: [a]\n", "");
        assert_told(cloud_meta_data, "just a text", "(disk: meta-data: not a map of keys and values; it is ignored)");
}

static void json_is_read_as_json(void **state)
{
        (void)state;
        assert_told(cloud_meta_data, "{\"name\":\"\\ud83d\\ude00\",\"hostname\":\"h\\u002d1\"}", "[host h-1]");
        assert_told(cloud_meta_data, "\t\n{\"hostname\":\"\\\\ud83d\\\\ude00\"}", "[host \\ud83d\\ude00]");
        assert_told(cloud_meta_data, "{\"hostname\":\"\\ud83d\\ude00\\/\"}", "[host \xf0\x9f\x98\x80/]");
        assert_told(cloud_meta_data, "{\"hostname\":\"\\ud83d\"}",
                    "(disk: meta-data: line 1: found invalid Unicode character escape code; it is ignored)");
}

static void cloud_config_sets_names_files_and_what_is_ours(void **state)
{
        (void)state;
        assert_told(cloud_user_data,
                    "#cloud-config\nhostname: h\npackages: [a]\nwrite_files:\n- {path: /a, content: text}\n"
                    "- {path: /b, content: QUJD, encoding: b64, permissions: '0600'}\n- path: /c\n"
                    "coracle:\n  environment: {A: 1, B: 'two words', C: null}\n  arguments: [x, 'y z', 3]\n"
                    "  cmdline: D=4 coracle.name=n\n",
                    "[kept 269][host h]info(disk: user-data: \"packages\" means nothing here)[file /a 4 text]"
                    "[file /b 3 ABC][file /c 0 ][cmdline: D=4 coracle.name=n][A=1][B=two words][C=null]"
                    "[argument x][argument y z][argument 3]");
}

static void what_cloud_config_has_wrong_is_named(void **state)
{
        (void)state;
        assert_told(
                cloud_user_data,
                "#cloud-config\nwrite_files:\n- {path: a, content: '%', encoding: base64}\n"
                "- {path: b, encoding: gz+b64}\n- {path: c, append: true}\n- {content: x}\n- text\n"
                "- {path: d, content: [1]}\n",
                "[kept 175](disk: write_files: \"a\" is not base64; it is left out)"
                "(disk: write_files: \"b\" has an encoding that is not known here (text/plain, b64); it is left out)"
                "(disk: write_files: \"c\": nothing can be appended to a file; it is left out)"
                "(disk: write_files: an item without a path or with a content that is no text; it is left out)"
                "(disk: write_files: an item without a path or with a content that is no text; it is left out)"
                "(disk: write_files: an item without a path or with a content that is no text; it is left out)");
        assert_told(cloud_user_data, "#cloud-config\ncoracle: {arguments: {a: b}}\n",
                    "[kept 43](disk: coracle: not a map with a map \"environment\", a list \"arguments\", a text "
                    "\"cmdline\"; it is ignored)");
        assert_told(cloud_user_data,
                    "#cloud-config\ncoracle: {arguments: [[1]], environment: {A: [1], coracle.ip: x}}\n",
                    "[kept 80](disk: environment: the value of \"A\" is not a text; it is ignored)"
                    "(disk: environment: \"coracle.ip\" is an option, which belongs into cmdline; it is ignored)"
                    "(disk: arguments: one is not a text; it is ignored)");
}

static void user_data_is_known_by_its_first_line(void **state)
{
        (void)state;
        assert_told(cloud_user_data, "#coracle\nA=1 -- x", "[kept 17][user-data: \nA=1 -- x]");
        assert_told(cloud_user_data, "#coracle", "[kept 8][user-data: ]");
        assert_told(cloud_user_data, "#coracles A=1",
                    "[kept 13]info(disk: user-data: neither #cloud-config nor "
                    "#coracle; it is the program's alone)");
        assert_told(cloud_user_data, "#cloud-config", "[kept 13]");
        assert_told(cloud_user_data, "\x1f\x8b", "[kept 2](disk: user-data: it is compressed, which is not taken)");
        assert_told(cloud_user_data, "", "");
}

static void documents_are_bounded(void **state)
{
        char why[100];
        char *text = malloc(DOCUMENT_BYTES_MAX + 1);
        (void)state;
        memset(text, '[', DOCUMENT_BYTES_MAX + 1);
        assert_null(document_parse(text, DOCUMENT_BYTES_MAX + 1, why, sizeof(why)));
        assert_string_equal(why, "it is larger than 262144 bytes");
        assert_null(document_parse(text, DOCUMENT_BYTES_MAX, why, sizeof(why)));
        assert_string_equal(why, "line 1: lists and maps are nested too deeply");
        memset(text, ',', 20000);
        for (unsigned i = 1; i < 20000; i += 2)
                text[i] = 'a';
        text[0] = '[';
        text[19999] = ']';
        assert_null(document_parse(text, 20000, why, sizeof(why)));
        assert_string_equal(why, "line 1: too many values");
        assert_null(document_parse("a: &x 1\nb: *x\n", 14, why, sizeof(why)));
        assert_string_equal(why, "line 2: aliases (*name) are not taken");
        assert_null(document_parse("? [a]\n: b\n", 10, why, sizeof(why)));
        assert_string_equal(why, "line 1: a key is a list or a map");
        free(text);
}

static void network_version_2(void **state)
{
        (void)state;
        assert_told(cloud_network,
                    "network:\n  version: 2\n  ethernets:\n    eth0:\n"
                    "      addresses: [10.0.0.2/24, 'fd00::2/64', 10.0.0.3/24]\n      gateway4: 10.0.0.1\n"
                    "      routes: [{to: '::/0', via: 'fd00::1'}, {to: 10.1.0.0/16, via: 10.0.0.9}]\n"
                    "      nameservers: {addresses: [10.0.0.53, 'fd00::53'], search: [lan]}\n    eth1: {dhcp4: true, "
                    "dhcp6: yes}\n",
                    "(disk: network: one address of each IP version is taken, not \"10.0.0.3/24\"; it is ignored)"
                    "(disk: network: only a default route is taken, not one to \"10.1.0.0/16\"; it is ignored)"
                    "[coracle.ip=10.0.0.2/24,gw=10.0.0.1][coracle.ip6=fd00::2/64,gw=fd00::1]"
                    "[coracle.ip1=dhcp][coracle.ip6_1=auto][coracle.dns=10.0.0.53,fd00::53]");
        assert_told(cloud_network,
                    "version: 2\nethernets: {a: {routes: [{to: default, via: 10.0.0.1}], addresses: [10.0.0.2/8]}}",
                    "[coracle.ip=10.0.0.2/8,gw=10.0.0.1]");
        assert_told(cloud_network, "version: 2\nethernets: {a: {addresses: [10.0.0.2]}}",
                    "(disk: network: no prefix length for \"10.0.0.2\"; it is ignored)");
        assert_told(cloud_network, "version: 2\nethernets: {a: {dhcp4: true, gateway4: 10.0.0.1}}",
                    "[coracle.ip=dhcp]");
        assert_told(cloud_network, "version: 2\nethernets: [1, 2]\n", "");
        assert_told(cloud_network,
                    "version: 2\nethernets: {a: 1, b: {}, c: {}, d: {}, e: {}, f: {}, g: {dhcp4: true}}\n",
                    "(disk: network: more interfaces than can be configured: \"g\"; it is ignored)");
}

static void network_version_1(void **state)
{
        (void)state;
        assert_told(cloud_network,
                    "version: 1\nconfig:\n- type: physical\n  name: eth0\n  subnets:\n"
                    "  - {type: static, address: 10.0.0.2, netmask: 255.255.255.128, gateway: 10.0.0.1, "
                    "dns_nameservers: [10.0.0.53]}\n"
                    "  - {type: static6, address: 'fd00::2/64', gateway: 'fd00::1'}\n"
                    "- {type: physical, name: eth1, subnets: [{type: dhcp}, {type: ipv6_slaac}, {type: manual}]}\n"
                    "- {type: nameserver, address: 10.0.0.54}\n- {type: bond, name: b}\n",
                    "(disk: network: a subnet of the type \"manual\"; it is ignored)"
                    "(disk: network: an item of the type \"bond\"; it is ignored)"
                    "[coracle.ip=10.0.0.2/25,gw=10.0.0.1][coracle.ip6=fd00::2/64,gw=fd00::1][coracle.ip1=dhcp]"
                    "[coracle.ip6_1=auto][coracle.dns=10.0.0.53,10.0.0.54]");
        assert_told(cloud_network,
                    "version: 1\nconfig: [{type: physical, subnets: [{type: static, address: 10.0.0.2, netmask: "
                    "255.0.255.0}]}]",
                    "(disk: network: no prefix length for \"10.0.0.2\"; it is ignored)");
}

static void network_of_openstack(void **state)
{
        (void)state;
        assert_told(cloud_network,
                    "{\"links\": [{\"id\": \"a\"}, {\"id\": \"b\"}], \"networks\": [{\"link\": \"b\", \"type\": "
                    "\"ipv4_dhcp\"},"
                    "{\"link\": \"a\", \"type\": \"ipv4\", \"ip_address\": \"10.0.0.2\", \"netmask\": \"255.255.0.0\", "
                    "\"routes\":"
                    "[{\"network\": \"0.0.0.0\", \"netmask\": \"0.0.0.0\", \"gateway\": \"10.0.0.1\"}]},"
                    "{\"link\": \"a\", \"type\": \"ipv6\", \"ip_address\": \"fd00::2\", \"netmask\": "
                    "\"ffff:ffff:ffff:ffff::\"},"
                    "{\"link\": \"c\", \"type\": \"ipv4\"}], \"services\": [{\"type\": \"dns\", \"address\": "
                    "\"10.0.0.53\"}]}",
                    "(disk: network: a network of no link: \"c\"; it is ignored)[coracle.ip=10.0.0.2/16,gw=10.0.0.1]"
                    "[coracle.ip6=fd00::2/64][coracle.ip1=dhcp][coracle.dns=10.0.0.53]");
        assert_told(cloud_network, "{\"links\": 1, \"networks\": {\"a\": 1}}",
                    "(disk: network: a network of no link: \"\"; it is ignored)");
}

static void a_network_configuration_that_is_none_is_named(void **state)
{
        (void)state;
        assert_told(cloud_network, "", "");
        assert_told(cloud_network, "version: 3\n",
                    "(disk: network: neither version 1 or 2 nor OpenStack's, but version \"3\"; it is ignored)");
        assert_told(cloud_network, "a: [",
                    "(disk: network: line 2: did not find expected node content; it is ignored)");
        assert_told(
                cloud_network,
                "version: 2\nethernets: {a: {addresses: ["
                "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
                "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
                "/1]}}",
                "(disk: network: longer than any address: that of interface \"1\"; it is ignored)");
}

/* ---- Interfaces by their MAC addresses ---- */

static char options_set[100]; /* keys that are set, each between blanks */
static unsigned applied;

const char *option_get(const char *key)
{
        char pattern[30];
        snprintf(pattern, sizeof(pattern), " %s ", key);
        return strstr(options_set, pattern) != NULL ? "" : NULL;
}

void instance_apply(void)
{
        applied++;
}

static void assert_devices(const char *last_bytes, const char *wanted)
{
        uint8_t macs[8][6] = {{0}};
        unsigned count = 0;
        for (; last_bytes[count] != '\0'; count++)
                memcpy(macs[count], (uint8_t[6]){0x52, 0x54, 0, 0xab, 0xcd, (uint8_t)last_bytes[count]}, 6);
        told[0] = '\0';
        applied = 0;
        network_devices_known(macs, count);
        assert_string_equal(told, wanted);
        network_devices_known(macs, count);
        assert_string_equal(told, wanted); /* each counts once */
        assert_true(applied <= 1 && (applied == 1 || wanted[0] == '\0'));
}

static const char two_by_mac[] = "version: 2\nethernets:\n"
                                 "  a: {match: {macaddress: '52:54:00:AB:CD:32'}, addresses: [10.0.0.2/24], gateway4: "
                                 "10.0.0.1}\n"
                                 "  b: {match: {macaddress: 52-54-00-ab-cd-31}, dhcp4: true, dhcp6: true}\n";

static void interfaces_are_the_devices_of_their_mac_addresses(void **state)
{
        (void)state;
        assert_devices("12", "");
        assert_told(cloud_network, two_by_mac, "");
        assert_devices("312", "[coracle.ip2=10.0.0.2/24,gw=10.0.0.1][coracle.ip1=dhcp][coracle.ip6_1=auto]");
        assert_told(cloud_network,
                    "version: 1\nconfig: [{type: physical, name: x, mac_address: '52:54:00:ab:cd:32', subnets: [{type: "
                    "dhcp}]}]",
                    "");
        assert_devices("12", "[coracle.ip1=dhcp]");
        assert_told(cloud_network,
                    "{\"links\": [{\"id\": \"a\", \"ethernet_mac_address\": \"52:54:00:ab:cd:32\"}, {\"id\": \"b\", "
                    "\"ethernet_mac_address\": \"52:54:00:ab:cd:31\"}], \"networks\": [{\"link\": \"b\", \"type\": "
                    "\"ipv4_dhcp\"}, {\"link\": \"a\", \"type\": \"ipv6_slaac\"}]}",
                    "");
        assert_devices("12", "[coracle.ip6_1=auto][coracle.ip=dhcp]");
}

static void interfaces_without_one_are_the_other_devices(void **state)
{
        (void)state;
        assert_told(cloud_network,
                    "version: 2\nethernets:\n  a: {dhcp4: true}\n  b: {match: {macaddress: '52:54:00:ab:cd:31'}, "
                    "dhcp6: true}\n  c: {addresses: [10.0.0.2/24]}\n  d: {match: {macaddress: '52:54:00:ab:cd:'}, "
                    "dhcp6: true}\n",
                    "(disk: network: not a MAC address: \"52:54:00:ab:cd:\"; it is ignored)");
        assert_devices("1", "[coracle.ip6=auto][coracle.ip1=dhcp][coracle.ip2=10.0.0.2/24][coracle.ip6_3=auto]");
}

static void a_mac_address_of_no_device_gets_a_line(void **state)
{
        (void)state;
        assert_told(cloud_network, two_by_mac, "");
        assert_devices("42", "[coracle.ip1=10.0.0.2/24,gw=10.0.0.1]"
                             "(disk: network: no device has the address 52:54:00:ab:cd:31; it is ignored)");
        assert_told(cloud_network, two_by_mac, "");
        assert_devices("34567821", "(disk: network: no device has the address 52:54:00:ab:cd:32; it is ignored)"
                                   "(disk: network: no device has the address 52:54:00:ab:cd:31; it is ignored)");
}

static void a_word_that_names_the_number_counts_more(void **state)
{
        (void)state;
        strcpy(options_set, " ip1 ip6_0 ");
        assert_told(cloud_network, two_by_mac, "");
        assert_devices("12", "[coracle.ip=dhcp]");
        strcpy(options_set, " ip ");
        assert_told(cloud_network, two_by_mac, "");
        assert_devices("12", "[coracle.ip1=10.0.0.2/24,gw=10.0.0.1][coracle.ip6=auto]");
        options_set[0] = '\0';
}

static void base64_is_strict(void **state)
{
        static const struct {
                const char *text, *bytes;
                long length;
        } cases[] = {
                {"", "", 0},
                {"QQ==", "A", 1},
                {"QUI=", "AB", 2},
                {"QUJD\nRA==\n", "ABCD", 4},
                {"AP+/", "\0\xff\xbf", 3},
                {"QQ", "", -1},
                {"QQ=", "", -1},
                {"Q===", "", -1},
                {"====", "", -1},
                {"QQ==QQ==", "", -1},
                {"QQ=A", "", -1},
                {"QQ-_", "", -1},
                {"A", "", -1},
        };
        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char text[20];
                strcpy(text, cases[i].text);
                assert_int_equal(base64_decode(text, strlen(text)), cases[i].length);
                if (cases[i].length > 0)
                        assert_memory_equal(text, cases[i].bytes, (size_t)cases[i].length);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(meta_data_has_a_name_and_an_identifier),
                cmocka_unit_test(json_is_read_as_json),
                cmocka_unit_test(cloud_config_sets_names_files_and_what_is_ours),
                cmocka_unit_test(what_cloud_config_has_wrong_is_named),
                cmocka_unit_test(user_data_is_known_by_its_first_line),
                cmocka_unit_test(documents_are_bounded),
                cmocka_unit_test(network_version_2),
                cmocka_unit_test(network_version_1),
                cmocka_unit_test(network_of_openstack),
                cmocka_unit_test(a_network_configuration_that_is_none_is_named),
                cmocka_unit_test(interfaces_are_the_devices_of_their_mac_addresses),
                cmocka_unit_test(interfaces_without_one_are_the_other_devices),
                cmocka_unit_test(a_mac_address_of_no_device_gets_a_line),
                cmocka_unit_test(a_word_that_names_the_number_counts_more),
                cmocka_unit_test(base64_is_strict),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
