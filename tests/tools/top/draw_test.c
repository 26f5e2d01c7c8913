/* Draw and keys: every view on every size of screen, what the head says, what a key changes, and names that would write
 * to the terminal. */
#include "top_help.h"

#include "tests/test.h"
#include "tools/top/table.h"

#include <stdio.h>

#include <stdlib.h>

static void has(const char *page, const char *text)
{
    if (!strstr(page, text))
        fail_msg("no %s in\n%s", text, page);
}

static void has_not(const char *page, const char *text)
{
    if (strstr(page, text))
        fail_msg("%s in\n%s", text, page);
}

/* No line is wider than the screen, and no byte is a terminal's. */
static void is_sound(const struct page *p, const char *page, int width, int height)
{
    int lines = 0;
    for (const char *line = page, *end; *line; line = end + 1, lines++) {
        end = strchr(line, '\n');
        assert_non_null(end);
        assert_true(shown_width((struct text){ line, (size_t)(end - line) }) <= width);
    }
    assert_true(lines <= height);
    for (int i = 0; i < p->height; i++)
        assert_true(p->lines[i].columns <= width);
    for (const char *c = page; *c; c++)
        assert_true(*c == '\n' || ((unsigned char)*c >= ' ' && *c != 0x7f));
    assert_null(strstr(page, "\xc2\x9b"));
}

static void every_view_fits_every_screen(void **s)
{
    struct fake f;
    fake_init(&f);
    for (int view = 0; view < VIEWS; view++) {
        top_show(&f.top, view);
        fake_answer(&f);
        for (int step = 0; step < 4; step++) {
            for (int width = 1; width <= 220; width += width < 30 ? 1 : 17)
                for (int height = 1; height <= 70; height += height < 30 ? 1 : 11)
                    is_sound(&f.page, fake_draw(&f, width, height), width, height);
            keys_press(&f.top, step == 0 ? KEYS_ENTER : step == 1 ? KEYS_END : '?');
            fake_answer(&f);
        }
        keys_press(&f.top, KEYS_ESCAPE);
    }
    fake_fini(&f);
}

static void the_head_says_how_the_server_is(void **s)
{
    struct fake f;
    fake_init(&f);
    const char *page = fake_draw(&f, 80, 24);
    has(page, "lectern 0.1.0  serving  database up  up 1m00s  127.0.0.1:1");
    has(page, "rooms 2  people 7");
    has(page, "said to sent p50 0.50 ms  p99 2.00 ms");
    f.says[ASK_INFO] = "{\"version\":\"0.1.0\",\"state\":\"draining\",\"pid\":7}";
    f.says[ASK_WORKERS] =
        "[{\"worker\":0,\"answered\":true,\"database\":false,\"requests\":30},{\"worker\":1,\"answered\":false}]";
    fake_pass(&f, 2000);
    page = fake_draw(&f, 80, 24);
    has(page, "draining  database DOWN  1 of 2 workers SILENT");
    has(page, "requests/s 10 ");
    has(page, "     1  SILENT ");
    fake_fini(&f);
}

static void trouble_stands_above_the_last_figures(void **s)
{
    struct fake f;
    fake_init(&f);
    fake_keys(&f, "2");
    top_linked(&f.top, false, f.now_ms);
    f.now_ms += 7000;
    const char *page = fake_draw(&f, 80, 24);
    has(page, "the server has gone: no answer for 7 s");
    has(page, "worker  answers");
    assert_true(f.page.dim);
    has(fake_draw(&f, 80, 5), "the server has gone: no answer for 7 s");
    fake_fini(&f);
}

static void names_cannot_write_to_the_terminal(void **s)
{
    struct fake f;
    fake_init(&f);
    fake_keys(&f, "3\n");
    const char *page = fake_draw(&f, 80, 24);
    has(page, "\\u001B[2Jmaths");
    is_sound(&f.page, page, 80, 24);
    fake_keys(&f, "4");
    keys_press(&f.top, KEYS_ENTER);
    fake_answer(&f);
    page = fake_draw(&f, 80, 24);
    has(page, "Zoë ?31m");
    is_sound(&f.page, page, 80, 24);
    f.says[ASK_ROOMS] = "[{\"room\":\"\\u001b]52;c;eA==\\u0007\",\"\\u001b[31mkey\":1}]";
    fake_keys(&f, "\x1b ");
    is_sound(&f.page, fake_draw(&f, 200, 24), 200, 24);
    fake_fini(&f);
}

static void a_room_opens_with_people_and_the_newest_event_first(void **s)
{
    struct fake f;
    fake_init(&f);
    fake_keys(&f, "4\n");
    assert_string_equal(f.top.open, "1");
    const char *page = fake_draw(&f, 80, 24);
    has(page, "people\nparticipant");
    assert_true(strstr(page, "\n     2  chat") < strstr(page, "\n     1  chat"));
    has(page, "{\"text\":\"first\"}");
    f.says[ASK_ROOM] = NULL;
    fake_pass(&f, 2000);
    has(fake_draw(&f, 80, 24), "there is no such thing");
    fake_fini(&f);
}

static void a_long_page_scrolls_no_further_than_its_end(void **s)
{
    struct fake f;
    fake_init(&f);
    fake_keys(&f, "?");
    has(fake_draw(&f, 80, 12), "1 … 9 0");
    keys_press(&f.top, KEYS_END);
    const char *page = fake_draw(&f, 80, 12);
    has(page, "\nslow ");
    has_not(page, "1 … 9 0");
    int last = f.top.line;
    keys_press(&f.top, KEYS_UP);
    (void)fake_draw(&f, 80, 12);
    assert_int_equal(f.top.line, last - 1);
    fake_fini(&f);
}

static void odd_answers_do_no_harm(void **s)
{
    static const char *const odd[] = { "[]",
                                       "{}",
                                       "null",
                                       "7",
                                       "\"x\"",
                                       "[1,null,[],{}]",
                                       "[{\"a\":{\"b\":[1]},\"finding\":3}]",
                                       "{\"pid\":\"x\",\"version\":[],\"workers\":{}}" };
    struct fake f;
    fake_init(&f);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        for (int ask = 0; ask < ASKS; ask++)
            f.says[ask] = odd[i];
        for (int view = 0; view < VIEWS; view++) {
            top_show(&f.top, view);
            fake_pass(&f, 2000);
            is_sound(&f.page, fake_draw(&f, 80, 24), 80, 24);
            fake_keys(&f, "\n>r");
            is_sound(&f.page, fake_draw(&f, 80, 24), 80, 24);
        }
    }
    fake_fini(&f);
}

static void a_filter_is_typed_kept_or_dropped(void **s)
{
    struct fake f;
    fake_init(&f);
    fake_keys(&f, "6/tuq");
    has(fake_draw(&f, 80, 24), "/tuq");
    keys_press(&f.top, KEYS_ERASE);
    const char *page = fake_draw(&f, 80, 24);
    has(page, "turns");
    has_not(page, "asks");
    has(page, "1 of 2");
    keys_press(&f.top, KEYS_ENTER);
    assert_false(f.top.typing);
    fake_keys(&f, "/x");
    keys_press(&f.top, KEYS_ESCAPE);
    assert_string_equal(f.top.wishes[VIEW_QUEUES].filter, "tu");
    fake_keys(&f, "/");
    keys_press(&f.top, 0xeb);
    keys_press(&f.top, 0x4e2d);
    keys_press(&f.top, 0x1f600);
    assert_string_equal(f.top.wishes[VIEW_QUEUES].filter, "tu\xc3\xab\xe4\xb8\xad\xf0\x9f\x98\x80");
    keys_press(&f.top, KEYS_ERASE);
    keys_press(&f.top, KEYS_DELETE);
    assert_string_equal(f.top.wishes[VIEW_QUEUES].filter, "tu\xc3\xab");
    for (int i = 0; i < 200; i++)
        keys_press(&f.top, 0x1f600);
    keys_press(&f.top, KEYS_ENTER);
    keys_press(&f.top, KEYS_ESCAPE);
    assert_string_equal(f.top.wishes[VIEW_QUEUES].filter, "");
    fake_fini(&f);
}

static void the_selected_row_is_on_the_screen(void **s)
{
    char all[4096] = "[";
    struct fake f;
    for (int i = 0; i < 100; i++)
        sprintf(all + strlen(all), "%s{\"queue\":\"q%02d\"}", i ? "," : "", i);
    strcat(all, "]");
    fake_init(&f);
    f.says[ASK_QUEUES] = all;
    fake_keys(&f, "6");
    has_not(fake_draw(&f, 80, 24), "q30");
    for (int i = 0; i < 30; i++)
        keys_press(&f.top, KEYS_DOWN);
    has(fake_draw(&f, 80, 24), "\nq30");
    keys_press(&f.top, KEYS_END);
    has(fake_draw(&f, 80, 10), "\nq99");
    keys_press(&f.top, KEYS_PAGE_UP);
    keys_press(&f.top, KEYS_PAGE_UP);
    has_not(fake_draw(&f, 80, 10), "\nq99");
    keys_press(&f.top, KEYS_HOME);
    has(fake_draw(&f, 80, 24), "\nq00");
    fake_fini(&f);
}

static void the_rhythm_has_bounds(void **s)
{
    struct fake f;
    fake_init(&f);
    fake_keys(&f, "----------");
    assert_int_equal(f.top.every_ms, TOP_EVERY_LEAST_MS);
    fake_keys(&f, "+++++++++++++++++++++");
    assert_int_equal(f.top.every_ms, TOP_EVERY_MOST_MS);
    fake_keys(&f, "p");
    has(fake_draw(&f, 80, 24), "PAUSED");
    fake_keys(&f, "q");
    assert_true(f.top.ended);
    fake_fini(&f);
}

static void views_this_server_has_not_are_skipped(void **s)
{
    struct fake f;
    fake_init(&f);
    fake_keys(&f, "4\t");
    assert_int_equal(f.top.view, VIEW_QUEUES);
    keys_press(&f.top, KEYS_BACK_TAB);
    assert_int_equal(f.top.view, VIEW_ROOMS);
    fake_keys(&f, "5");
    assert_int_equal(f.top.view, VIEW_ROOMS);
    keys_press(&f.top, 0);
    keys_press(&f.top, KEYS_OTHER);
    keys_press(&f.top, 0x10ffff);
    fake_fini(&f);
}

static void columns_that_do_not_fit_are_left_out(void **s)
{
    const int widths[] = { 6, 4, 10, 5 };
    const bool cut[] = { false, false, true, false };
    struct table_place places[4];
    assert_int_equal(table_fit(widths, cut, 4, 0, 31, places), 4);
    assert_int_equal(places[3].x, 26);
    assert_int_equal(places[3].width, 5);
    assert_int_equal(table_fit(widths, cut, 4, 0, 30, places), 3);
    assert_int_equal(table_fit(widths, cut, 4, 0, 20, places), 3);
    assert_int_equal(places[2].width, 6);
    assert_int_equal(table_fit(widths, cut, 4, 0, 19, places), 2);
    assert_int_equal(table_fit(widths, cut, 4, 2, 14, places), 2);
    assert_int_equal(places[1].column, 3);
    assert_int_equal(table_fit(widths, cut, 4, 9, 80, places), 1);
    assert_int_equal(table_fit(widths, cut, 4, 0, 3, places), 1);
    assert_int_equal(places[0].width, 3);
}

static int begin(void **s)
{
    shown_begin();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_view_fits_every_screen),
        cmocka_unit_test(the_head_says_how_the_server_is),
        cmocka_unit_test(trouble_stands_above_the_last_figures),
        cmocka_unit_test(names_cannot_write_to_the_terminal),
        cmocka_unit_test(a_room_opens_with_people_and_the_newest_event_first),
        cmocka_unit_test(a_long_page_scrolls_no_further_than_its_end),
        cmocka_unit_test(odd_answers_do_no_harm),
        cmocka_unit_test(a_filter_is_typed_kept_or_dropped),
        cmocka_unit_test(the_selected_row_is_on_the_screen),
        cmocka_unit_test(the_rhythm_has_bounds),
        cmocka_unit_test(views_this_server_has_not_are_skipped),
        cmocka_unit_test(columns_that_do_not_fit_are_left_out),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
