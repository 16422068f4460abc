/* SPDX-License-Identifier: Apache-2.0 */
/* State on disk: what was saved comes back whole; what is damaged, cut or of another version does not come back at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/state.h"

static char directory[64], file[96];
static char taken[64];
static bool refuse;

static int make_directory(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/haetae-state-XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(file, sizeof file, "%s/seen.state", directory);
    refuse = false;
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    unlink(file);
    return rmdir(directory);
}

static bool take(void *arg, struct slice bytes)
{
    (void)arg;
    snprintf(taken, sizeof taken, "%.*s", (int)bytes.size, (const char *)bytes.at);
    return !refuse;
}

static enum state_result load(uint32_t version, struct error *e)
{
    taken[0] = '\0';
    e->text[0] = '\0';
    return state_load(directory, "seen", version, take, NULL, e);
}

static bool save(const char *text)
{
    struct error e = {""};
    bool good = state_save(directory, "seen", 3, (struct slice){(const uint8_t *)text, strlen(text)}, &e);
    if (!good)
        fail_msg("%s", e.text);
    return good;
}

static void test_saved_comes_back(void **state)
{
    (void)state;
    struct error e;
    struct stat st;
    assert_int_equal(load(3, &e), STATE_NONE);
    save("first");
    save("hello");
    assert_int_equal(load(3, &e), STATE_LOADED);
    assert_string_equal(taken, "hello");
    save("");
    assert_int_equal(load(3, &e), STATE_LOADED);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_another_version_is_refused(void **state)
{
    (void)state;
    struct error e;
    save("hello");
    assert_int_equal(load(4, &e), STATE_REFUSED);
    assert_non_null(strstr(e.text, "seen.state is of another version: starting without it"));
    assert_string_equal(taken, "");
}

static void test_what_its_owner_cannot_read_is_refused(void **state)
{
    (void)state;
    struct error e;
    save("hello");
    refuse = true;
    assert_int_equal(load(3, &e), STATE_REFUSED);
    assert_non_null(strstr(e.text, "does not make sense"));
}

static void rewrite(const uint8_t *bytes, size_t size)
{
    FILE *f = fopen(file, "wb");
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    fclose(f);
}

static void test_every_flipped_bit_and_every_cut_is_refused(void **state)
{
    (void)state;
    struct error e;
    uint8_t whole[64], broken[64];
    save("hello");
    FILE *f = fopen(file, "rb");
    size_t size = fread(whole, 1, sizeof whole, f);
    fclose(f);
    for (size_t bit = 0; bit < size * 8; bit++) {
        memcpy(broken, whole, size);
        broken[bit / 8] ^= (uint8_t)(1 << bit % 8);
        rewrite(broken, size);
        assert_int_equal(load(3, &e), STATE_REFUSED);
        assert_string_equal(taken, "");
    }
    for (size_t cut = 0; cut < size; cut++) {
        rewrite(whole, cut);
        assert_int_equal(load(3, &e), STATE_REFUSED);
    }
    rewrite(whole, size);
    assert_int_equal(load(3, &e), STATE_LOADED);
}

/* A pipe would be waited at for ever; a link would be followed to a file of somebody else's choice. */
static void test_tricks_in_the_way(void **state)
{
    (void)state;
    struct error e;
    char fresh[96], victim[64] = "/tmp/haetae-test-XXXXXX";
    struct stat st;
    int fd = mkstemp(victim);
    assert_int_equal(write(fd, "precious", 8), 8);
    close(fd);
    snprintf(fresh, sizeof fresh, "%s/seen.new", directory);
    unlink(file);
    assert_int_equal(mkfifo(file, 0600), 0);
    assert_int_equal(load(3, &e), STATE_REFUSED);
    assert_int_equal(mkfifo(fresh, 0600), 0);
    save("over a pipe");
    assert_int_equal(symlink(victim, fresh), 0);
    save("over a link");
    assert_int_equal(load(3, &e), STATE_LOADED);
    assert_string_equal(taken, "over a link");
    assert_int_equal(stat(victim, &st), 0);
    assert_int_equal(st.st_size, 8);
    unlink(victim);
}

static void test_names_stay_in_the_directory(void **state)
{
    (void)state;
    struct error e = {""};
    assert_false(state_save(directory, "../seen", 1, (struct slice){NULL, 0}, &e));
    assert_non_null(strstr(e.text, "a name is made of"));
    assert_false(state_save("/nonexistent/haetae", "seen", 1, (struct slice){NULL, 0}, &e));
    assert_non_null(strstr(e.text, "No such file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_saved_comes_back, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_another_version_is_refused, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_what_its_owner_cannot_read_is_refused, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_every_flipped_bit_and_every_cut_is_refused, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_tricks_in_the_way, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_names_stay_in_the_directory, make_directory, remove_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
