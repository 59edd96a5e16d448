/* The descriptor table: lowest free descriptor first, growth, references, replacing, the close-on-exec flag. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>

#include <libos/posix/console/console.h>
#include <libos/posix/file/table.h>

static int closed;

static void count_close(struct file *file)
{
        (void)file;
        closed++;
}

static const struct file_operations operations = {.kind = "test", .close = count_close};
static const struct file_operations console_operations = {.kind = "console"};
struct file console_file = {&console_operations, 3, O_RDWR};

void spin_lock(struct spinlock *lock)
{
        assert_false(atomic_flag_test_and_set(&lock->held));
}

void spin_unlock(struct spinlock *lock)
{
        atomic_flag_clear(&lock->held);
}

static struct file *new_file(void)
{
        static struct file files[8];
        static unsigned next;
        struct file *file = &files[next++ % 8];
        file_init(file, &operations, O_RDWR);
        return file;
}

static void the_console_is_there_from_the_start(void **state)
{
        (void)state;
        for (int i = 0; i < 3; i++) {
                struct file *file = file_lookup(i);
                assert_ptr_equal(file, &console_file);
                file_put(file);
        }
        assert_null(file_lookup(3));
        assert_null(file_lookup(-1));
        assert_null(file_lookup(1 << 30));
}

static void the_lowest_free_descriptor_is_given(void **state)
{
        (void)state;
        struct file *file = new_file();
        assert_int_equal(file_install(file, 0), 3);
        for (int i = 4; i < 10; i++) {
                file_get(file);
                assert_int_equal(file_install(file, 0), i);
        }
        file_put(descriptor_remove(5));
        file_put(descriptor_remove(7));
        file_get(file);
        assert_int_equal(file_install(file, 6), 7);
        file_get(file);
        assert_int_equal(file_install(file, 0), 5);
        file_get(file);
        assert_int_equal(file_install(file, 0), 10);
        closed = 0;
        for (int i = 3; i < 10; i++)
                file_put(descriptor_remove(i));
        assert_int_equal(closed, 0);
        assert_null(descriptor_remove(3));
        file_put(descriptor_remove(10));
        assert_int_equal(closed, 1); /* with the last reference, once */
}

static void a_file_lives_as_long_as_somebody_uses_it(void **state)
{
        (void)state;
        int descriptor = file_install(new_file(), 0);
        struct file *used = file_lookup(descriptor);
        closed = 0;
        file_put(descriptor_remove(descriptor));
        assert_null(file_lookup(descriptor));
        assert_int_equal(closed, 0);
        file_put(used);
        assert_int_equal(closed, 1);
}

static void the_table_grows_to_its_limit_and_no_further(void **state)
{
        (void)state;
        struct file *file = new_file();
        for (int i = 3; i < DESCRIPTORS_MAX; i++) {
                file_get(file);
                assert_int_equal(file_install(file, 0), i);
        }
        assert_int_equal(file_install(file, 0), -EMFILE);
        assert_int_equal(file_install(file, DESCRIPTORS_MAX), -EMFILE);
        file_put(descriptor_remove(40000));
        file_get(file);
        assert_int_equal(file_install(file, 100), 40000);
        closed = 0;
        for (int i = 3; i < DESCRIPTORS_MAX; i++)
                file_put(descriptor_remove(i));
        file_put(file);
        assert_int_equal(closed, 1);
}

static void replacing_hands_out_the_old_file(void **state)
{
        (void)state;
        struct file *one = new_file(), *two = new_file(), *old;
        assert_int_equal(file_install(one, 0), 3);
        assert_int_equal(descriptor_replace(3, two, true, &old), 3);
        assert_ptr_equal(old, one);
        assert_int_equal(descriptor_close_on_exec(3), 1);
        assert_int_equal(descriptor_set_close_on_exec(3, false), 0);
        assert_int_equal(descriptor_close_on_exec(3), 0);
        assert_int_equal(descriptor_close_on_exec(4), -EBADF);
        assert_int_equal(descriptor_replace(500, one, false, &old), 500);
        assert_null(old);
        assert_int_equal(descriptor_replace(-1, one, false, &old), -EBADF);
        assert_int_equal(descriptor_replace(DESCRIPTORS_MAX, one, false, &old), -EBADF);
        file_put(descriptor_remove(3));
        file_put(descriptor_remove(500));
}

static void random_use_agrees_with_a_plain_list(void **state)
{
        static bool used[300];
        (void)state;
        srand(3);
        struct file *file = new_file();
        for (int i = 0; i < 3; i++)
                used[i] = true;
        for (int round = 0; round < 20000; round++) {
                int which = rand() % 250;
                if (rand() % 2 == 0) {
                        int minimum = rand() % 3 == 0 ? which : 0;
                        int wanted = minimum;
                        while (used[wanted])
                                wanted++;
                        if (wanted >= 290)
                                continue;
                        file_get(file);
                        assert_int_equal(file_install(file, minimum), wanted);
                        used[wanted] = true;
                } else if (which > 2) {
                        struct file *removed = descriptor_remove(which);
                        assert_int_equal(removed != NULL, used[which]);
                        if (removed != NULL)
                                file_put(removed);
                        used[which] = false;
                }
        }
        for (int i = 3; i < 300; i++) {
                if (used[i])
                        file_put(descriptor_remove(i));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_console_is_there_from_the_start),
                cmocka_unit_test(the_lowest_free_descriptor_is_given),
                cmocka_unit_test(a_file_lives_as_long_as_somebody_uses_it),
                cmocka_unit_test(the_table_grows_to_its_limit_and_no_further),
                cmocka_unit_test(replacing_hands_out_the_old_file),
                cmocka_unit_test(random_use_agrees_with_a_plain_list),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
