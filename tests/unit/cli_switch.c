/* The switch between guests of a composition: who gets which frame, and when it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/cli/network/forward_frames.h"

#define PORTS 3

struct fixture {
        int listener;
        int ports[PORTS];
        pthread_t thread;
};

static const char everybody[] = "\xff\xff\xff\xff\xff\xff", anna[] = "\x02\0\0\0\0\x0a", bert[] = "\x02\0\0\0\0\x0b";

static void *run(void *listener)
{
        forward_frames(*(int *)listener);
        return NULL;
}

/* An abstract name of the kernel's choosing. */
static int set_up(void **state)
{
        static struct fixture fixture;
        struct sockaddr_un name = {.sun_family = AF_UNIX};
        socklen_t length = sizeof(name);
        fixture.listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
        assert_int_equal(bind(fixture.listener, (struct sockaddr *)&name, sizeof(sa_family_t)), 0);
        assert_int_equal(listen(fixture.listener, PORTS), 0);
        assert_int_equal(getsockname(fixture.listener, (struct sockaddr *)&name, &length), 0);
        for (int i = 0; i < PORTS; i++) {
                const struct timeval patience = {.tv_sec = 5};
                fixture.ports[i] = socket(AF_UNIX, SOCK_SEQPACKET, 0);
                assert_int_equal(connect(fixture.ports[i], (struct sockaddr *)&name, length), 0);
                setsockopt(fixture.ports[i], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        }
        assert_true(forward_frames_is_wanted(fixture.listener));
        assert_int_equal(pthread_create(&fixture.thread, NULL, run, &fixture.listener), 0);
        *state = &fixture;
        return 0;
}

/* It ends when the last port has gone; a switch that does not, hangs the test. */
static int tear_down(void **state)
{
        struct fixture *fixture = *state;
        for (int i = 0; i < PORTS; i++)
                close(fixture->ports[i]);
        pthread_join(fixture->thread, NULL);
        const int is_wanted = forward_frames_is_wanted(fixture->listener);
        close(fixture->listener);
        return is_wanted;
}

static void send_frame(const struct fixture *fixture, int from, const char *to, const char *source, char mark)
{
        char frame[60] = {0};
        memcpy(frame, to, 6);
        memcpy(frame + 6, source, 6);
        frame[14] = mark;
        assert_int_equal(send(fixture->ports[from], frame, sizeof(frame), 0), sizeof(frame));
}

static void assert_gets(const struct fixture *fixture, int port, char mark)
{
        char frame[2000];
        assert_int_equal(recv(fixture->ports[port], frame, sizeof(frame), 0), 60);
        assert_int_equal(frame[14], mark);
}

static void a_frame_for_all_goes_to_all_others(void **state)
{
        send_frame(*state, 0, everybody, anna, 1);
        assert_gets(*state, 1, 1);
        assert_gets(*state, 2, 1);
        /* and not back: the next that the sender gets is another's */
        send_frame(*state, 1, everybody, bert, 2);
        assert_gets(*state, 0, 2);
        assert_gets(*state, 2, 2);
}

static void a_frame_for_one_who_was_seen_goes_to_him_only(void **state)
{
        send_frame(*state, 0, everybody, anna, 1);
        assert_gets(*state, 1, 1);
        assert_gets(*state, 2, 1);
        send_frame(*state, 1, anna, bert, 2);
        assert_gets(*state, 0, 2);
        send_frame(*state, 1, everybody, bert, 3);
        assert_gets(*state, 2, 3); /* not 2 */
}

static void a_frame_for_one_who_was_not_seen_goes_to_all_others(void **state)
{
        send_frame(*state, 1, anna, bert, 1);
        assert_gets(*state, 0, 1);
        assert_gets(*state, 2, 1);
}

static void who_moves_is_found_at_the_new_place(void **state)
{
        send_frame(*state, 0, everybody, anna, 1);
        assert_gets(*state, 1, 1);
        assert_gets(*state, 2, 1);
        send_frame(*state, 2, everybody, anna, 2);
        assert_gets(*state, 0, 2);
        assert_gets(*state, 1, 2);
        send_frame(*state, 1, anna, bert, 3);
        assert_gets(*state, 2, 3);
        send_frame(*state, 1, everybody, bert, 4);
        assert_gets(*state, 0, 4); /* not 3 */
}

static void who_has_gone_is_forgotten(void **state)
{
        struct fixture *fixture = *state;
        send_frame(fixture, 0, everybody, anna, 1);
        assert_gets(fixture, 1, 1);
        assert_gets(fixture, 2, 1);
        close(fixture->ports[0]);
        fixture->ports[0] = -1;
        /* Its end may be seen after this frame: then that is lost, as is right; a later one is for all. */
        for (char mark = 2;; mark++) {
                char frame[2000];
                send_frame(fixture, 1, anna, bert, mark);
                if (recv(fixture->ports[2], frame, sizeof(frame), mark < 100 ? MSG_DONTWAIT : 0) == 60)
                        return;
                usleep(1000);
        }
}

static void frames_that_are_none_are_dropped(void **state)
{
        const struct fixture *fixture = *state;
        char big[3000] = {0};
        memset(big, 0xff, 6);
        assert_int_equal(send(fixture->ports[0], "short", 5, 0), 5);
        assert_int_equal(send(fixture->ports[0], everybody, 6, 0), 6);
        send_frame(fixture, 0, everybody, everybody, 1); /* from a group: passed on, not learned */
        assert_gets(fixture, 1, 1);
        assert_gets(fixture, 2, 1);
        assert_int_equal(send(fixture->ports[0], big, sizeof(big), 0), sizeof(big));
        assert_int_equal(recv(fixture->ports[1], big, sizeof(big), 0), sizeof(big));
        assert_int_equal(recv(fixture->ports[2], big, sizeof(big), 0), sizeof(big));
}

static void who_does_not_read_holds_nobody_up(void **state)
{
        for (int i = 0; i < 5000; i++) {
                send_frame(*state, 0, everybody, anna, (char)(i & 0x7f));
                assert_gets(*state, 1, (char)(i & 0x7f));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_frame_for_all_goes_to_all_others, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_frame_for_one_who_was_seen_goes_to_him_only, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_frame_for_one_who_was_not_seen_goes_to_all_others, set_up, tear_down),
                cmocka_unit_test_setup_teardown(who_moves_is_found_at_the_new_place, set_up, tear_down),
                cmocka_unit_test_setup_teardown(who_has_gone_is_forgotten, set_up, tear_down),
                cmocka_unit_test_setup_teardown(frames_that_are_none_are_dropped, set_up, tear_down),
                cmocka_unit_test_setup_teardown(who_does_not_read_holds_nobody_up, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
