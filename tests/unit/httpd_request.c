/* The HTTP request parser: what it accepts, what it refuses and with which status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "apps/httpd/request.h"

static int parse_bytes(const char *data, size_t bytes, struct request *request)
{
        /* In memory of its exact size, so that a read beyond it is found. */
        char *copy = malloc(bytes == 0 ? 1 : bytes);
        size_t scanned = 0;

        assert_non_null(copy);
        memcpy(copy, data, bytes);
        int status = request_parse(copy, bytes, &scanned, request);
        free(copy);
        return status;
}

static int parse(const char *head, struct request *request)
{
        return parse_bytes(head, strlen(head), request);
}

static void a_plain_get_keeps_the_connection(void **state)
{
        struct request request;
        const char *head = "GET /a?b HTTP/1.1\r\nHost: x\r\n\r\nrest";
        size_t scanned = 0;

        (void)state;
        assert_int_equal(request_parse(head, strlen(head), &scanned, &request), 0);
        assert_int_equal(request.method, METHOD_GET);
        assert_int_equal(request.target.length, 4);
        assert_memory_equal(request.target.start, "/a?b", 4);
        assert_true(request.keep_alive);
        assert_int_equal(request.head_bytes, strlen(head) - 4);
        assert_int_equal(request.body_bytes, 0);
}

static void a_head_that_arrives_byte_by_byte_is_found_once_it_is_whole(void **state)
{
        static const char *const heads[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HEAD / HTTP/1.0\n\n",
                                            "\r\n\r\nGET / HTTP/1.1\nHost: x\r\n\n"};
        (void)state;
        for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
                struct request request;
                size_t scanned = 0;
                size_t length = strlen(heads[i]);
                for (size_t bytes = 0; bytes < length; bytes++)
                        assert_int_equal(request_parse(heads[i], bytes, &scanned, &request), REQUEST_INCOMPLETE);
                assert_int_equal(request_parse(heads[i], length, &scanned, &request), 0);
                assert_int_equal(request.head_bytes, length);
        }
}

static void connection_options_decide_whether_it_stays_open(void **state)
{
        static const struct {
                const char *head;
                bool keep_alive;
        } cases[] = {
                {"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false},
                {"GET / HTTP/1.1\r\nHost: x\r\nConnection: foo , CLOSE\r\n\r\n", false},
                {"GET / HTTP/1.1\r\nHost: x\r\nConnection: closed\r\n\r\n", true},
                {"GET / HTTP/1.0\r\n\r\n", false},
                {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
                {"GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n", false},
        };
        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                struct request request;
                assert_int_equal(parse(cases[i].head, &request), 0);
                assert_int_equal(request.keep_alive, cases[i].keep_alive);
        }
}

static void each_malformed_head_gets_its_status(void **state)
{
        static const struct {
                const char *head;
                int status;
        } cases[] = {
                {"GET\r\n\r\n", 400},
                {"GET /\r\n\r\n", 400},
                {"GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400},
                {"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
                {" GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
                {"G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
                {"GET / http/1.1\r\nHost: x\r\n\r\n", 400},
                {"GET / HTTP/1.11\r\nHost: x\r\n\r\n", 400},
                {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
                {"GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
                {"GET / HTTP/1.1\r\n\r\n", 400},
                {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
                {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
                {"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400},
                {"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", 400},
                {"GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", 400},
                {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
                {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n", 400},
                {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n", 400},
                {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
                {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 2\r\n\r\n", 400},
                {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 501},
                {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n", 413},
                {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 184467440737095516170\r\n\r\n", 413},
        };
        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                struct request request;
                int status = parse(cases[i].head, &request);
                if (status != cases[i].status)
                        print_error("%s", cases[i].head);
                assert_int_equal(status, cases[i].status);
        }
}

static void a_nul_byte_is_refused(void **state)
{
        struct request request;

        (void)state;
        assert_int_equal(parse_bytes("GET / HTTP/1.1\r\nHost: \0\r\n\r\n", 27, &request), 400);
}

/* prefix, then `filler` bytes of 'a', then suffix */
static int parse_long(const char *prefix, size_t filler, const char *suffix)
{
        size_t bytes = strlen(prefix) + filler + strlen(suffix);
        char *head = malloc(bytes + 1);
        struct request request;

        assert_non_null(head);
        strcpy(head, prefix);
        memset(head + strlen(prefix), 'a', filler);
        strcpy(head + strlen(prefix) + filler, suffix);
        int status = parse_bytes(head, bytes, &request);
        free(head);
        return status;
}

static void long_targets_and_heads_are_refused(void **state)
{
        (void)state;
        assert_int_equal(parse_long("GET /", REQUEST_TARGET_MAX - 1, " HTTP/1.1\r\nHost: x\r\n\r\n"), 0);
        assert_int_equal(parse_long("GET /", REQUEST_TARGET_MAX, " HTTP/1.1\r\nHost: x\r\n\r\n"), 414);
        assert_int_equal(parse_long("GET /", REQUEST_HEAD_MAX, ""), 414);
        assert_int_equal(parse_long("GET / HTTP/1.1\r\nHost: x\r\nX: ", REQUEST_HEAD_MAX, ""), 431);
        assert_int_equal(parse_long("GET / HTTP/1.1\r\nHost: x\r\nX: ", REQUEST_HEAD_MAX, "\r\n\r\n"), 431);
        assert_int_equal(parse_long("GET / HTTP/1.1\r\nHost: x\r\nX: ", 4000, "\r\n\r\n"), 0);
}

static void nothing_but_empty_lines_is_refused_in_the_end(void **state)
{
        char lines[REQUEST_HEAD_MAX];
        struct request request;

        (void)state;
        memset(lines, '\n', sizeof lines);
        assert_int_equal(parse_bytes(lines, 100, &request), REQUEST_INCOMPLETE);
        assert_int_equal(parse_bytes(lines, sizeof lines, &request), 400);
}

static void too_many_fields_are_refused(void **state)
{
        char head[4096] = "GET / HTTP/1.1\r\nHost: x\r\n";
        struct request request;

        (void)state;
        for (unsigned i = 0; i < REQUEST_HEADERS_MAX; i++)
                strcat(head, "A: b\r\n");
        strcat(head, "\r\n");
        assert_int_equal(parse(head, &request), 431);
}

static void the_fields_that_matter_are_found_whatever_their_case(void **state)
{
        const char *head = "GET / HTTP/1.1\r\nhOsT: x\r\nrAnGe:\t bytes=1-2 \r\nIF-NONE-MATCH: \"a\"\r\n"
                           "if-range: \"b\"\r\nexpect: 100-Continue\r\ncontent-length: 7\r\n\r\n";
        struct request request;
        size_t scanned = 0;

        (void)state;
        assert_int_equal(request_parse(head, strlen(head), &scanned, &request), 0);
        assert_true(text_equals(request.range, "bytes=1-2"));
        assert_true(text_equals(request.if_none_match, "\"a\""));
        assert_true(text_equals(request.if_range, "\"b\""));
        assert_true(request.expect_continue);
        assert_int_equal(request.body_bytes, 7);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_plain_get_keeps_the_connection),
                cmocka_unit_test(a_head_that_arrives_byte_by_byte_is_found_once_it_is_whole),
                cmocka_unit_test(connection_options_decide_whether_it_stays_open),
                cmocka_unit_test(each_malformed_head_gets_its_status),
                cmocka_unit_test(a_nul_byte_is_refused),
                cmocka_unit_test(long_targets_and_heads_are_refused),
                cmocka_unit_test(nothing_but_empty_lines_is_refused_in_the_end),
                cmocka_unit_test(too_many_fields_are_refused),
                cmocka_unit_test(the_fields_that_matter_are_found_whatever_their_case),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
