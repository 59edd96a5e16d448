/* Receive buffers as drivers keep them (coracle/netdev_pool.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <pthread.h>

#include <coracle/netdev_pool.h>

#include "fake/driver_host.h"

#define MOST 16u

static struct netdev_pool pool;
static unsigned wakes;

static void wake(void *ctx)
{
        assert_ptr_equal(ctx, &wakes);
        wakes++;
}

static int set_up(void **state)
{
        (void)state;
        fake_host_reset();
        wakes = 0;
        netdev_pool_init(&pool, MOST, netdev_pool_grow_halves, wake, &wakes);
        return 0;
}

/* Takes all there are; returns how many. */
static unsigned take_all(struct netdev_buffer *taken[MOST + 1])
{
        unsigned count = 0;
        while (count <= MOST && (taken[count] = netdev_pool_take(&pool)) != NULL)
                count++;
        return count;
}

static void a_pool_grows_to_its_limit_and_no_further(void **state)
{
        (void)state;
        struct netdev_buffer *taken[MOST + 1];
        assert_int_equal(take_all(taken), MOST);
        assert_int_equal(pool.total, MOST);
        for (unsigned i = 0; i < MOST; i++) {
                struct netdev_half *half = netdev_half_of(taken[i]);
                memset(half->space, 0xee, NETDEV_HALF_SPACE); /* the sanitizer knows where it ends */
                for (unsigned j = 0; j < i; j++)
                        assert_ptr_not_equal(taken[i], taken[j]);
        }
        for (unsigned i = 0; i < MOST; i++)
                netdev_pool_put(&pool, taken[i]);
        assert_int_equal(take_all(taken), MOST);
        assert_int_equal(fake_pages_used, MOST / 2);
}

static void an_odd_limit_is_not_exceeded(void **state)
{
        (void)state;
        struct netdev_buffer *taken[MOST + 1];
        pool.most = 5;
        assert_int_equal(take_all(taken), 4);
}

static void without_memory_there_are_those_that_exist(void **state)
{
        (void)state;
        struct netdev_buffer *taken[MOST + 1];
        fake_pages_left = 2;
        assert_int_equal(take_all(taken), 4);
        taken[1]->release(taken[1]);
        assert_ptr_equal(netdev_pool_take(&pool), taken[1]);
        assert_null(netdev_pool_take(&pool));
        fake_pages_left = -1;
        assert_non_null(netdev_pool_take(&pool));
}

static void a_packet_s_buffers_are_put_back_one_by_one(void **state)
{
        (void)state;
        struct netdev_buffer *taken[MOST + 1];
        assert_int_equal(take_all(taken), MOST);
        taken[0]->next = taken[1];
        taken[1]->next = taken[2];
        taken[2]->next = NULL;
        netdev_pool_put_packet(&pool, taken[0]);
        netdev_pool_put_packet(&pool, NULL);
        assert_int_equal(take_all(taken), 3);
}

static void a_release_wakes_once_when_the_device_has_run_dry(void **state)
{
        (void)state;
        struct netdev_buffer *taken[MOST + 1];
        take_all(taken);
        taken[0]->release(taken[0]);
        assert_int_equal(wakes, 0);
        assert_true(netdev_pool_run_dry(&pool)); /* it was there before the stack slept */
        taken[1]->release(taken[1]);
        assert_int_equal(wakes, 0);
        assert_non_null(netdev_pool_take(&pool));
        assert_non_null(netdev_pool_take(&pool));
        assert_false(netdev_pool_run_dry(&pool));
        taken[0]->release(taken[0]);
        taken[1]->release(taken[1]);
        assert_int_equal(wakes, 1);
}

static void the_number_posted_follows_the_traffic(void **state)
{
        (void)state;
        assert_int_equal(netdev_pool_target(64, 31, 256), 64);
        assert_int_equal(netdev_pool_target(64, 32, 256), 128);
        assert_int_equal(netdev_pool_target(64, 64, 100), 100);
        assert_int_equal(netdev_pool_target(100, 100, 100), 100);
        assert_int_equal(netdev_pool_target(64, 64, 127), 127);
        assert_int_equal(netdev_pool_target(UINT32_MAX / 2 + 2, UINT32_MAX, UINT32_MAX), UINT32_MAX);
}

/* ---- Released in other threads while the poller takes ---- */

#define ROUNDS 20000u

static struct netdev_buffer *_Atomic handed[4];

static void *give_back(void *slot)
{
        struct netdev_buffer *_Atomic *mine = slot;
        for (unsigned i = 0; i < ROUNDS;) {
                struct netdev_buffer *buffer = atomic_exchange(mine, NULL);
                if (buffer == NULL)
                        continue;
                buffer->release(buffer);
                i++;
        }
        return NULL;
}

static void nothing_is_lost_between_threads(void **state)
{
        (void)state;
        pthread_t threads[4];
        unsigned given[4] = {0}, left = 4 * ROUNDS;
        for (unsigned i = 0; i < 4; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, give_back, &handed[i]), 0);
        while (left > 0)
                for (unsigned i = 0; i < 4; i++) {
                        if (given[i] == ROUNDS || atomic_load(&handed[i]) != NULL)
                                continue;
                        struct netdev_buffer *buffer = netdev_pool_take(&pool);
                        assert_non_null(buffer); /* at most one is with each thread, and one on its way */
                        atomic_store(&handed[i], buffer);
                        given[i]++;
                        left--;
                }
        for (unsigned i = 0; i < 4; i++)
                pthread_join(threads[i], NULL);
        struct netdev_buffer *taken[MOST + 1];
        assert_int_equal(take_all(taken), MOST);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_pool_grows_to_its_limit_and_no_further, set_up),
                cmocka_unit_test_setup(an_odd_limit_is_not_exceeded, set_up),
                cmocka_unit_test_setup(without_memory_there_are_those_that_exist, set_up),
                cmocka_unit_test_setup(a_packet_s_buffers_are_put_back_one_by_one, set_up),
                cmocka_unit_test_setup(a_release_wakes_once_when_the_device_has_run_dry, set_up),
                cmocka_unit_test_setup(the_number_posted_follows_the_traffic, set_up),
                cmocka_unit_test_setup(nothing_is_lost_between_threads, set_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
