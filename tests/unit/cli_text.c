/* The CLI's texts: quoting for the guest's command line and splitting it again, and guesses at mistyped words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tools/cli/message.h"
#include "tools/cli/text.h"

static void assert_comes_back(const char *const *words, size_t count)
{
        struct text line = {0};
        struct list list = {0};
        for (size_t i = 0; i < count; i++) {
                text_add(&line, "%s", i != 0 ? " " : "");
                text_add_quoted(&line, words[i]);
        }
        assert_true(list_add_words(&list, line.bytes));
        assert_int_equal(list.count, count);
        for (size_t i = 0; i < count; i++)
                assert_string_equal(list.items[i], words[i]);
        text_free(&line);
        list_free(&list);
}

static void every_word_survives_quoting(void **state)
{
        (void)state;
        static const char *const words[] = {"plain", "",   " ",   "two words", "it's",        "'",   "''",
                                            "\"",    "\\", "\\n", "a\nb",      "$HOME",       "`x`", "a=b",
                                            "--",    "-x", "*",   "\t",        "\x7f\x80\xff"};
        assert_comes_back(words, sizeof(words) / sizeof(words[0]));
}

static void random_words_survive_quoting(void **state)
{
        (void)state;
        static const char letters[] = "ab '\"\\\n\t$`*\x01\xff";
        srand(1);
        for (int round = 0; round < 2000; round++) {
                char words[4][12];
                const char *pointers[4];
                for (int i = 0; i < 4; i++) {
                        const int length = rand() % 11;
                        for (int j = 0; j < length; j++)
                                words[i][j] = letters[(size_t)rand() % (sizeof(letters) - 1)];
                        words[i][length] = '\0';
                        pointers[i] = words[i];
                }
                assert_comes_back(pointers, 4);
        }
}

static void plain_words_are_not_quoted(void **state)
{
        (void)state;
        struct text line = {0};
        text_add_quoted(&line, "a-b_c=1,2./:@%+Z9");
        assert_string_equal(line.bytes, "a-b_c=1,2./:@%+Z9");
        text_free(&line);
}

static void words_are_split_as_a_shell_does(void **state)
{
        (void)state;
        struct list list = {0};
        assert_true(list_add_words(&list, "  a\t'b c'd  \"e \\\" \\\\ \\x\"  f\\ g  '' "));
        assert_int_equal(list.count, 5);
        assert_string_equal(list.items[0], "a");
        assert_string_equal(list.items[1], "b cd");
        assert_string_equal(list.items[2], "e \" \\ \\x");
        assert_string_equal(list.items[3], "f g");
        assert_string_equal(list.items[4], "");
        assert_null(list.items[5]);
        list_free(&list);
}

static void an_open_quote_is_refused(void **state)
{
        (void)state;
        struct list list = {0};
        assert_false(list_add_words(&list, "a 'b"));
        assert_false(list_add_words(&list, "\"b"));
        list_free(&list);
}

static void consuming_keeps_the_rest(void **state)
{
        (void)state;
        struct text text = {0};
        for (int i = 0; i < 100; i++)
                text_add(&text, "%02d", i);
        text_consume(&text, 190);
        assert_string_equal(text.bytes, "9596979899");
        text_consume(&text, 10);
        assert_int_equal(text.length, 0);
        text_free(&text);
}

static void a_mistyped_word_is_guessed(void **state)
{
        (void)state;
        static const char *const known[] = {"run", "inspect", "new", "symbolise", NULL};
        assert_string_equal(closest_word("rum", known), "run");
        assert_string_equal(closest_word("urn", known), "run");
        assert_string_equal(closest_word("inspcet", known), "inspect");
        assert_string_equal(closest_word("symbolize", known), "symbolise");
        assert_null(closest_word("frobnicate", known));
        assert_null(closest_word("", known));
        assert_null(closest_word("a-word-that-is-much-longer-than-any-that-we-know", known));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_word_survives_quoting), cmocka_unit_test(random_words_survive_quoting),
                cmocka_unit_test(plain_words_are_not_quoted),  cmocka_unit_test(words_are_split_as_a_shell_does),
                cmocka_unit_test(an_open_quote_is_refused),    cmocka_unit_test(consuming_keeps_the_rest),
                cmocka_unit_test(a_mistyped_word_is_guessed),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
