/* Answers of HTTP: whole, not yet whole, and none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <libos/instance/metadata/http.h>

static struct http_reply reply;

/* From memory of exactly this size. */
static enum http_state answer(const char *text, size_t bytes, bool ended)
{
        static char *copy;
        free(copy);
        copy = malloc(bytes);
        memcpy(copy, text, bytes);
        const enum http_state state = http_read(copy, bytes, ended, &reply);
        if (bytes == 0) {
                free(copy);
                copy = NULL;
        }
        return state;
}

static enum http_state whole(const char *text)
{
        return answer(text, strlen(text), true);
}

static void an_answer_is_whole_when_its_length_or_its_connection_says_so(void **state)
{
        static const char counted[] = "HTTP/1.1 200 OK\r\ncontent-length:  3 \r\nX: y\r\n\r\nabcd";
        static const char open_ended[] = "HTTP/1.0 404 Not Found\n\nabc";
        (void)state;
        for (size_t bytes = 0; bytes < sizeof(counted) - 2; bytes++) {
                assert_int_equal(answer(counted, bytes, false), HTTP_MORE);
                assert_int_equal(answer(counted, bytes, true), HTTP_BAD);
        }
        assert_int_equal(answer(counted, sizeof(counted) - 2, false), HTTP_DONE);
        assert_int_equal(answer(counted, sizeof(counted) - 1, false), HTTP_DONE);
        assert_int_equal(reply.status, 200);
        assert_int_equal(reply.bytes, 3);
        assert_memory_equal(reply.body, "abc", 3);
        assert_int_equal(answer(open_ended, sizeof(open_ended) - 1, false), HTTP_MORE);
        assert_int_equal(answer(open_ended, sizeof(open_ended) - 1, true), HTTP_DONE);
        assert_int_equal(reply.status, 404);
        assert_int_equal(reply.bytes, 3);
        assert_int_equal(whole("HTTP/1.1 204\r\n\r\n"), HTTP_DONE);
        assert_int_equal(reply.bytes, 0);
}

static void what_is_no_answer_is_refused(void **state)
{
        static const char *const bad[] = {
                "HTTP/2 200 OK\r\n\r\n",
                "HTTP/1.1 20 OK\r\n\r\n",
                "HTTP/1.1 2000\r\n\r\n",
                "HTTP/1.1 099 OK\r\n\r\n",
                "HTTP/1.x 200 OK\r\n\r\n",
                "http/1.1 200 OK\r\n\r\n",
                "\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\na",
                "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\na",
                "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551617\r\n\r\na",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA: b",
                "",
        };
        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_int_equal(whole(bad[i]), HTTP_BAD);
        assert_int_equal(whole("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na"), HTTP_DONE);
}

static void headers_without_an_end_are_refused(void **state)
{
        char *text = malloc(20000);
        (void)state;
        memset(text, 'x', 20000);
        assert_int_equal(answer(text, 16384, false), HTTP_MORE);
        assert_int_equal(answer(text, 16385, false), HTTP_BAD);
        memcpy(text, "HTTP/1.1 200 OK\r\n", 17);
        assert_int_equal(answer(text, 20000, false), HTTP_BAD);
        free(text);
        answer("", 0, true);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_answer_is_whole_when_its_length_or_its_connection_says_so),
                cmocka_unit_test(what_is_no_answer_is_refused),
                cmocka_unit_test(headers_without_an_end_are_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
