/* The xenstore client against a store that is honest, late, wrong, and worse. Each test is a fresh guest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/platform.h>
#include <fake/xen_event.h>
#include <fake/xenstored.h>
#include <xen/store/xenstore.h>

#include <coracle/sched.h>

#define MS 1000000ull

static bool said(const char *text)
{
        return strstr(fake_output, text) != NULL;
}

/* Runs a scenario in a guest of its own. */
static void in_a_guest(void (*scenario)(void *))
{
        assert_int_equal(fake_run(NULL, scenario, NULL), 0);
}

static int read_key(const char *directory, const char *name, char value[XENSTORE_VALUE_MAX])
{
        return xenstore_read(XENSTORE_ALONE, directory, name, value, XENSTORE_VALUE_MAX);
}

/* ---- An honest store ---- */

static void reading_and_writing(void *argument)
{
        char value[XENSTORE_VALUE_MAX], names[64];
        uint64_t number;
        (void)argument;
        fake_store_start();
        fake_store_set("/local/domain/5/device/vif/0/mac", "00:16:3e:00:00:01");
        fake_store_set("/local/domain/5/device/vif/1/mac", "00:16:3e:00:00:02");
        fake_store_set("/local/domain/0/backend/vif/5/0/online", "1");
        CHECK(read_key("device/vif/0", "mac", value) == 17 && strcmp(value, "00:16:3e:00:00:01") == 0);
        CHECK(xenstore_read(XENSTORE_ALONE, "device/vif/0", "mac", value, 17) == -E2BIG);
        CHECK(xenstore_read(XENSTORE_ALONE, "device/vif/0", "mac", value, 18) == 17);
        CHECK(read_key("device/vif/0", "nothing", value) == -ENOENT);
        CHECK(read_key("/local/domain/0/backend/vif/5/0/online", NULL, value) == 1);
        CHECK(xenstore_read_number(XENSTORE_ALONE, "/local/domain/0/backend/vif/5/0", "online", 1, &number) == 0);
        CHECK(number == 1);
        CHECK(xenstore_read_number(XENSTORE_ALONE, "device/vif/0", "mac", 1, &number) == -EINVAL);
        CHECK(xenstore_list(XENSTORE_ALONE, "device", "vif", names, sizeof names) == 2);
        CHECK(memcmp(names, "0\0001", 4) == 0);
        CHECK(xenstore_list(XENSTORE_ALONE, "device", "vif", names, 3) == -E2BIG);
        CHECK(xenstore_list(XENSTORE_ALONE, "device", "vbd", names, sizeof names) == -ENOENT);
        CHECK(xenstore_write(XENSTORE_ALONE, "device/vif/0", "state", "4") == 0);
        CHECK(strcmp(fake_store_get("/local/domain/5/device/vif/0/state"), "4") == 0);
        CHECK(xenstore_write_number(XENSTORE_ALONE, "control", "big", UINT64_MAX) == 0);
        CHECK(strcmp(fake_store_get("/local/domain/5/control/big"), "18446744073709551615") == 0);
        CHECK(xenstore_read_number(XENSTORE_ALONE, "control", "big", UINT64_MAX, &number) == 0);
        CHECK(number == UINT64_MAX);
        CHECK(xenstore_remove(XENSTORE_ALONE, "control", "big") == 0);
        CHECK(fake_store_get("/local/domain/5/control/big") == NULL);
        CHECK(xenstore_make(XENSTORE_ALONE, "control", NULL) == 0);
        CHECK(fake_store_get("/local/domain/5/control") != NULL);
        CHECK(!said("xenstore"));
}

static void keys_are_read_written_listed_and_removed(void **state)
{
        (void)state;
        in_a_guest(reading_and_writing);
}

static void odd_numbers(void *argument)
{
        static const char *const bad[] = {"", "-1", "1x", " 1", "+1", "101", "18446744073709551616", "0x1"};
        uint64_t number = 77;
        (void)argument;
        fake_store_start();
        for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                fake_store_set("/local/domain/5/n", bad[i]);
                CHECK(xenstore_read_number(XENSTORE_ALONE, "n", NULL, 100, &number) == -EINVAL);
                fake_compute(MS);
        }
        CHECK(number == 77);
        fake_store_set("/local/domain/5/n", "00100");
        CHECK(xenstore_read_number(XENSTORE_ALONE, "n", NULL, 100, &number) == 0 && number == 100);
        CHECK(xenstore_read_number(XENSTORE_ALONE, "n", NULL, 7, &number) == -EINVAL);
}

static void a_number_is_digits_within_bounds(void **state)
{
        (void)state;
        in_a_guest(odd_numbers);
}

static void long_things(void *argument)
{
        char path[200], value[3000], back[XENSTORE_VALUE_MAX];
        (void)argument;
        fake_store_start();
        memset(path, 'p', sizeof path);
        path[127] = '\0';
        CHECK(read_key(path, NULL, back) == -ENOENT);
        path[127] = 'p';
        path[128] = '\0';
        CHECK(read_key(path, NULL, back) == -ENAMETOOLONG);
        /* More than the ring holds goes through it in parts. */
        memset(value, 'v', sizeof value);
        value[sizeof value - 1] = '\0';
        CHECK(xenstore_write(XENSTORE_ALONE, "long", NULL, value) == 0);
        CHECK(fake_store_get("/local/domain/5/long") != NULL);
}

static void a_request_longer_than_the_ring_goes_through_it(void **state)
{
        (void)state;
        in_a_guest(long_things);
}

static unsigned bodies;

static int body(xenstore_transaction transaction, void *ctx)
{
        bodies++;
        int error = xenstore_write(transaction, "device/vif/0", "tx-ring-ref", "8");
        if (error == 0)
                error = xenstore_write(transaction, "device/vif/0", "rx-ring-ref", "9");
        return ctx != NULL ? -ENOSPC : error;
}

static void transactions(void *argument)
{
        (void)argument;
        fake_store_start();
        fake_store.conflicts = 3;
        CHECK(xenstore_transact(body, NULL) == 0);
        CHECK(bodies == 4);
        CHECK(strcmp(fake_store_get("/local/domain/5/device/vif/0/rx-ring-ref"), "9") == 0);
        fake_store_set("/local/domain/5/device/vif/0", NULL);
        CHECK(xenstore_transact(body, &bodies) == -ENOSPC);
        CHECK(fake_store_get("/local/domain/5/device/vif/0/rx-ring-ref") == NULL);
        bodies = 0;
        fake_store.conflicts = UINT32_MAX;
        CHECK(xenstore_transact(body, NULL) == -EAGAIN);
        CHECK(bodies == XENSTORE_ATTEMPTS);
}

static void a_transaction_is_tried_again_and_not_for_ever(void **state)
{
        (void)state;
        in_a_guest(transactions);
}

/* ---- Watches ---- */

static unsigned calls[2];

static void count_call(void *ctx)
{
        char value[XENSTORE_VALUE_MAX];
        ++*(unsigned *)ctx;
        (void)read_key("a", NULL, value); /* from inside, xenstore works */
}

static void watching(void *argument)
{
        static struct xenstore_watch one = {.path = "a", .changed = count_call, .ctx = &calls[0]};
        static struct xenstore_watch two = {.path = "/b", .changed = count_call, .ctx = &calls[1]};
        (void)argument;
        fake_store_start();
        CHECK(xenstore_watch(&one) == 0 && xenstore_watch(&two) == 0);
        fake_compute(10 * MS);
        CHECK(calls[0] == 1 && calls[1] == 1);
        fake_store_set("/local/domain/5/a", "1");
        fake_compute(10 * MS);
        CHECK(calls[0] == 2 && calls[1] == 1);
        fake_store_set("/b/c/d", "1");
        fake_compute(10 * MS);
        CHECK(calls[0] == 2 && calls[1] == 2);
        for (unsigned i = 0; i < 5; i++)
                fake_store_set("/b/c/d", "2"); /* many may come as one */
        fake_compute(10 * MS);
        CHECK(calls[1] >= 3 && calls[1] <= 7);
        CHECK(xenstore_unwatch(&one) == 0);
        CHECK(xenstore_unwatch(&one) == -EINVAL);
        fake_store_set("/local/domain/5/a", "2");
        fake_compute(10 * MS);
        CHECK(calls[0] == 2);
        xenstore_poke(&two);
        unsigned before = calls[1];
        fake_compute(10 * MS);
        CHECK(calls[1] == before + 1);
        CHECK(!said("xenstore"));
}

static void a_watch_is_called_at_the_start_and_at_changes(void **state)
{
        (void)state;
        in_a_guest(watching);
}

static void change_while_asking(void *argument)
{
        static struct xenstore_watch one = {.path = "a", .changed = count_call, .ctx = &calls[0]};
        char value[XENSTORE_VALUE_MAX];
        (void)argument;
        fake_store_start();
        CHECK(xenstore_watch(&one) == 0);
        fake_compute(10 * MS);
        for (unsigned i = 0; i < 50; i++) {
                const unsigned before = calls[0];
                fake_store_set("/local/domain/5/a", "x"); /* its event comes in front of the next reply */
                CHECK(read_key("a", NULL, value) == 1);
                fake_compute(10 * MS);
                CHECK(calls[0] > before);
        }
}

static void an_event_between_a_request_and_its_reply_is_not_lost(void **state)
{
        (void)state;
        in_a_guest(change_while_asking);
}

/* ---- A store that is late or says nothing ---- */

static void no_store(void *argument)
{
        char value[XENSTORE_VALUE_MAX];
        static struct xenstore_watch watch = {.path = "a", .changed = count_call, .ctx = &calls[0]};
        (void)argument;
        fake_event_reset();
        fake_off_xen = true;
        CHECK(read_key("a", NULL, value) == -ENODEV);
        CHECK(xenstore_watch(&watch) == -ENODEV);
        CHECK(!said("xenstore"));
}

static void without_a_store_every_call_says_so(void **state)
{
        (void)state;
        in_a_guest(no_store);
}

static void late(void *argument)
{
        char value[XENSTORE_VALUE_MAX];
        (void)argument;
        fake_store_start();
        fake_store_set("/local/domain/5/a", "1");
        fake_store_set("/local/domain/5/b", "2");
        fake_store.delay = XENSTORE_TIMEOUT + 5 * MS;
        CHECK(read_key("a", NULL, value) == -ETIMEDOUT);
        CHECK(said("xenstore does not answer"));
        /* As long as it is silent, nobody waits for it again. */
        uint64_t before = platform_clock_monotonic();
        CHECK(read_key("b", NULL, value) == -ETIMEDOUT);
        CHECK(platform_clock_monotonic() - before < MS);
        /* The late answer comes: it is not taken for the answer to the next request. */
        fake_compute(20 * MS);
        fake_store.delay = 20000;
        CHECK(read_key("b", NULL, value) == 1 && value[0] == '2');
}

static void a_late_answer_is_not_the_next_ones(void **state)
{
        (void)state;
        in_a_guest(late);
}

static void deaf(void *argument)
{
        static char value[3000];
        char back[XENSTORE_VALUE_MAX];
        (void)argument;
        fake_store_start();
        fake_store.deaf = true;
        memset(value, 'v', sizeof value - 1);
        CHECK(xenstore_write(XENSTORE_ALONE, "long", NULL, value) == -EIO);
        CHECK(said("xenstore: it does not take requests; it is not used any more"));
        fake_store.deaf = false;
        CHECK(read_key("a", NULL, back) == -EIO); /* half a request is in the ring */
}

static void a_store_that_takes_no_requests_is_given_up(void **state)
{
        (void)state;
        in_a_guest(deaf);
}

/* ---- A store that talks nonsense: each gets one line, and no second chance ---- */

static void expect_given_up(const char *why)
{
        char value[XENSTORE_VALUE_MAX];
        fake_store_set("/local/domain/5/a", "1");
        fake_compute(MS);
        const int first = read_key("a", NULL, value);
        CHECK(first == -EIO);
        if (!said(why))
                fake_fail(fake_output, why, 0);
        fake_store.garble = NULL;
        CHECK(read_key("a", NULL, value) == -EIO);
        CHECK(xenstore_write(XENSTORE_ALONE, "a", NULL, "1") == -EIO);
}

static void too_long(struct xsd_sockmsg *header, char *payload)
{
        (void)payload;
        header->len = XENSTORE_PAYLOAD_MAX + 1;
}

static void other_type(struct xsd_sockmsg *header, char *payload)
{
        (void)payload;
        header->type = XS_WRITE;
}

static void future_request(struct xsd_sockmsg *header, char *payload)
{
        (void)payload;
        header->req_id += 1000;
}

static void request_zero(struct xsd_sockmsg *header, char *payload)
{
        (void)payload;
        header->req_id = 0;
}

static void event_without_token(struct xsd_sockmsg *header, char *payload)
{
        header->type = XS_WATCH_EVENT;
        payload[0] = 'x';
}

static const struct lie {
        void (*garble)(struct xsd_sockmsg *header, char *payload);
        const char *why;
} lies[] = {
        {too_long, "xenstore: it sent a message that is too long; it is not used any more"},
        {other_type, "it answered something else than was asked"},
        {future_request, "it answered a request that was never made"},
        {request_zero, "it answered a request that was never made"},
        {event_without_token, "it sent a watch event without a token of ours"},
};

static void lie(void *argument)
{
        const struct lie *which = argument;
        fake_store_start();
        fake_store.garble = which->garble;
        expect_given_up(which->why);
}

static void a_store_that_answers_nonsense_is_given_up(void **state)
{
        (void)state;
        for (unsigned i = 0; i < sizeof lies / sizeof lies[0]; i++)
                assert_int_equal(fake_run(NULL, lie, (void *)(uintptr_t)&lies[i]), 0);
}

static void response_index(void *argument)
{
        (void)argument;
        fake_store_start();
        fake_store_ring.rsp_prod = XENSTORE_RING_SIZE + 1;
        expect_given_up("it wrote an impossible index to the response ring");
}

static void request_index(void *argument)
{
        (void)argument;
        fake_store_start();
        fake_store.deaf = true;
        fake_store_ring.req_cons = 1;
        expect_given_up("it wrote an impossible index to the request ring");
}

static void a_ring_index_that_cannot_be_is_noticed(void **state)
{
        (void)state;
        in_a_guest(response_index);
        in_a_guest(request_index);
}

static void embedded_zero(struct xsd_sockmsg *header, char *payload)
{
        if (header->type == XS_READ)
                payload[1] = '\0';
}

static void open_list(struct xsd_sockmsg *header, char *payload)
{
        (void)payload;
        if (header->type == XS_DIRECTORY)
                header->len--;
}

static void unknown_error(struct xsd_sockmsg *header, char *payload)
{
        header->type = XS_ERROR;
        header->len = 7;
        memcpy(payload, "EWRONG", 7);
}

static void odd_values(void *argument)
{
        char value[XENSTORE_VALUE_MAX];
        (void)argument;
        fake_store_start();
        fake_store_set("/local/domain/5/a/b", "text");
        fake_store.garble = embedded_zero;
        CHECK(read_key("a", "b", value) == -E2BIG);
        fake_store.garble = open_list;
        CHECK(xenstore_list(XENSTORE_ALONE, "a", NULL, value, sizeof value) == -EIO);
        fake_store.garble = unknown_error;
        CHECK(read_key("a", "b", value) == -EINVAL);
        fake_store.garble = NULL; /* only the values were odd: the store is still good */
        CHECK(read_key("a", "b", value) == 4);
}

static void a_value_that_is_no_text_is_an_error(void **state)
{
        (void)state;
        in_a_guest(odd_values);
}

static void bad_transaction(struct xsd_sockmsg *header, char *payload)
{
        if (header->type == XS_TRANSACTION_START)
                payload[0] = 'x';
}

static void transaction_number(void *argument)
{
        (void)argument;
        fake_store_start();
        fake_store.garble = bad_transaction;
        CHECK(xenstore_transact(body, NULL) == -EIO);
        CHECK(bodies == 0);
}

static void a_transaction_without_a_number_does_not_begin(void **state)
{
        (void)state;
        in_a_guest(transaction_number);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(keys_are_read_written_listed_and_removed),
                cmocka_unit_test(a_number_is_digits_within_bounds),
                cmocka_unit_test(a_request_longer_than_the_ring_goes_through_it),
                cmocka_unit_test(a_transaction_is_tried_again_and_not_for_ever),
                cmocka_unit_test(a_watch_is_called_at_the_start_and_at_changes),
                cmocka_unit_test(an_event_between_a_request_and_its_reply_is_not_lost),
                cmocka_unit_test(without_a_store_every_call_says_so),
                cmocka_unit_test(a_late_answer_is_not_the_next_ones),
                cmocka_unit_test(a_store_that_takes_no_requests_is_given_up),
                cmocka_unit_test(a_store_that_answers_nonsense_is_given_up),
                cmocka_unit_test(a_ring_index_that_cannot_be_is_noticed),
                cmocka_unit_test(a_value_that_is_no_text_is_an_error),
                cmocka_unit_test(a_transaction_without_a_number_does_not_begin),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
