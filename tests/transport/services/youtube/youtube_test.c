/* YouTube: addresses, durations, and what the API's answers mean. */
#include "tests/test.h"
#include "transport/services/youtube/youtube.h"

#include <stdio.h>
#include <stdlib.h>

static void addresses(void **state)
{
    static const struct {
        const char *address, *id; /* NULL: refused */
    } rows[] = {
        { "https://www.youtube.com/playlist?list=PLabc_-9", "PLabc_-9" },
        { "http://youtube.com/playlist?list=PL1", "PL1" },
        { "youtube.com/playlist?list=PL1", "PL1" },
        { "m.youtube.com/playlist?list=PL1", "PL1" },
        { "HTTPS://Music.YouTube.COM/Playlist?list=PL1", "PL1" },
        { " \t https://www.youtube.com/playlist?list=PL1\r\n ", "PL1" },
        { "https://www.youtube.com/watch?v=abcdefghijk&list=PL1&index=3", "PL1" },
        { "https://www.youtube.com/playlist?list=PL1#top", "PL1" },
        { "https://www.youtube.com/playlist?si=x&list=PL1&list=PL2", "PL1" },
        { "https://youtu.be/abcdefghijk?list=PL1", "PL1" },
        { "www.youtu.be/abcdefghijk?si=1&list=PL1", "PL1" },
        { "", NULL },
        { "   ", NULL },
        { "PL1", NULL },
        { "https://www.youtube.com/watch?v=abcdefghijk", NULL },
        { "https://www.youtube.com/playlist", NULL },
        { "https://www.youtube.com/playlist?list=", NULL },
        { "https://www.youtube.com/playlist?list", NULL },
        { "https://www.youtube.com/playlist?playlist=PL1", NULL },
        { "https://www.youtube.com/playlist?LIST=PL1", NULL },
        { "https://www.youtube.com/playlist?list=PL%31", NULL },
        { "https://www.youtube.com/playlist?list=PL1/../x", NULL },
        { "https://www.youtube.com/playlist?list=PL1 and more", NULL },
        { "https://www.youtube.com/playlist?v=1#list=PL1", NULL },
        { "https://www.youtube.com/channel/x?list=PL1", NULL },
        { "https://example.com/playlist?list=PL1", NULL },
        { "https://example.com/www.youtube.com/playlist?list=PL1", NULL },
        { "https://www.youtube.com.example.com/playlist?list=PL1", NULL },
        { "https://notyoutube.com/playlist?list=PL1", NULL },
        { "https://www.youtube.com@example.com/playlist?list=PL1", NULL },
        { "https://user@www.youtube.com/playlist?list=PL1", NULL },
        { "https://www.youtube.com:8080/playlist?list=PL1", NULL },
        { "https://www.youtube.com\\@example.com/playlist?list=PL1", NULL },
        { "ftp://www.youtube.com/playlist?list=PL1", NULL },
        { "file:///etc/passwd?list=PL1", NULL },
        { "javascript:youtube.com/playlist?list=PL1", NULL },
        { "//www.youtube.com/playlist?list=PL1", NULL },
        { "http://https://www.youtube.com/playlist?list=PL1", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text id;
        bool good = youtube_playlist_id(text_of(rows[i].address), &id);
        if (good != !!rows[i].id || (good && !text_is(id, rows[i].id)))
            fail_msg("%s", rows[i].address);
    }
    struct text id;
    assert_false(youtube_playlist_id((struct text){ "https://youtube.com/playlist?list=P\0L", 36 }, &id));
}

static void durations(void **state)
{
    static const struct {
        const char *text;
        int32_t seconds;
    } rows[] = {
        { "PT45S", 45 },
        { "PT10M", 600 },
        { "PT1H2M3S", 3723 },
        { "P1DT0H0M1S", 86401 },
        { "P0D", 0 },
        { "PT0S", 0 },
        { "P1W", 604800 },
        { "PT4M13S", 253 },
        { "", -1 },
        { "P", -1 },
        { "PT", -1 },
        { "PTS", -1 },
        { "PT5", -1 },
        { "5S", -1 },
        { "P1H", -1 },
        { "PT1D", -1 },
        { "PT1M-5S", -1 },
        { "PT1.5S", -1 },
        { "PTT1S", -1 },
        { "PT1SX", -1 },
        { "P9999999999D", -1 },
        { "P30000D", -1 },
        { "PT2147483647S", INT32_MAX },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (youtube_seconds(text_of(rows[i].text)) != rows[i].seconds)
            fail_msg("%s", rows[i].text);
}

#define REFUSED(reason, more) "{\"error\":{\"code\":403,\"errors\":[{\"reason\":\"" reason "\"}]" more "}}"

static void refusals(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum youtube_answer answer;
    } rows[] = {
        { 200, "{\"items\":[]}", YOUTUBE_UNKNOWN },
        { 404, REFUSED("playlistNotFound", ""), YOUTUBE_UNKNOWN },
        { 403, REFUSED("playlistItemsNotAccessible", ""), YOUTUBE_UNKNOWN },
        { 403, REFUSED("quotaExceeded", ""), YOUTUBE_QUOTA },
        { 403, REFUSED("dailyLimitExceeded", ""), YOUTUBE_QUOTA },
        { 403, REFUSED("rateLimitExceeded", ""), YOUTUBE_QUOTA },
        { 403, REFUSED("forbidden", ""), YOUTUBE_KEY },
        { 403, REFUSED("forbidden", ",\"details\":[{\"reason\":\"API_KEY_SERVICE_BLOCKED\"}]"), YOUTUBE_KEY },
        { 403, REFUSED("accessNotConfigured", ""), YOUTUBE_KEY },
        { 400, REFUSED("badRequest", ",\"details\":[{},{\"reason\":\"API_KEY_INVALID\"}]"), YOUTUBE_KEY },
        { 400, REFUSED("badRequest", ""), YOUTUBE_BROKEN },
        { 400, REFUSED("invalidPageToken", ""), YOUTUBE_BROKEN },
        { 500, REFUSED("backendError", ""), YOUTUBE_BROKEN },
        { 502, "<html></html>", YOUTUBE_BROKEN },
        { 200, "<html></html>", YOUTUBE_BROKEN },
        { 200, "", YOUTUBE_BROKEN },
        { 200, "[]", YOUTUBE_BROKEN },
        { 200, "{\"items\":{}}", YOUTUBE_BROKEN },
        { 200, "{\"items\":[{\"snippet\":{}}]}", YOUTUBE_BROKEN },
        { 200, "{\"items\":[{\"snippet\":{\"title\":\"cut", YOUTUBE_BROKEN },
        { 403, "{\"error\":\"text\"}", YOUTUBE_BROKEN },
        { 403, "{\"error\":{\"errors\":[{\"reason\":5}]}}", YOUTUBE_BROKEN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct youtube_list l = { 0 };
        enum youtube_answer answer = youtube_take_playlist(&l, rows[i].status, text_of(rows[i].body));
        if (answer != rows[i].answer)
            fail_msg("%s: %d", rows[i].body, answer);
        youtube_list_fini(&l);
    }
}

#define ENTRY(id, title, video, privacy)                                                                               \
    "{\"id\":\"" id "\",\"snippet\":{\"title\":\"" title "\"},\"contentDetails\":{\"videoId\":\"" video                \
    "\"},\"status\":{\"privacyStatus\":\"" privacy "\"}}"

static const char page_one[] =
    "{\"nextPageToken\":\"a/b+c\",\"items\":[" ENTRY("1", "One \\\"1\\\"", "aaaaaaaaaaa", "public") "," ENTRY(
        "2", "Private video", "bbbbbbbbbbb",
        "private") "," ENTRY("3", "Deleted video", "ccccccccccc",
                             "privacyStatusUnspecified") "," ENTRY("4", "Private video", "ddddddddddd",
                                                                   "unlisted") "]}";
static const char page_two[] = "{\"items\":[" ENTRY("4", "Private video", "ddddddddddd", "unlisted") "," ENTRY(
    "5", "Again", "aaaaaaaaaaa", "public") "," ENTRY("6", "No video", "a/../b", "public") ",{},5]}";
static const char videos[] =
    "{\"items\":[{\"id\":\"aaaaaaaaaaa\",\"contentDetails\":{\"duration\":\"PT1M\"}},"
    "{\"id\":\"ddddddddddd\",\"contentDetails\":{\"duration\":\"P0D\"}},{\"id\":\"zzzzzzzzzzz\"},7]}";

static void a_playlist_is_read(void **state)
{
    struct youtube_list l = { 0 };
    struct buf out = { 0 };
    assert_int_equal(youtube_take_playlist(&l, 200, TEXT("{\"items\":[{\"snippet\":{\"title\":\"T\xc3\xbc\"}}]}")),
                     YOUTUBE_FINE);
    assert_true(text_is(buf_view(&l.title), "T\xc3\xbc"));
    assert_int_equal(youtube_take_items(&l, 200, text_of(page_one)), YOUTUBE_FINE);
    assert_true(text_is(buf_view(&l.token), "a/b+c"));
    assert_int_equal(youtube_take_items(&l, 200, text_of(page_two)), YOUTUBE_FINE);
    assert_int_equal(l.token.n, 0);
    assert_int_equal(youtube_take_videos(&l, 200, text_of(videos)), YOUTUBE_FINE);
    youtube_put_items(&l, &out);
    assert_true(text_is(buf_view(&out), "[{\"id\":\"aaaaaaaaaaa\",\"title\":\"One \\\"1\\\"\",\"seconds\":60},"
                                        "{\"id\":\"ddddddddddd\",\"title\":\"Private video\",\"seconds\":null},"
                                        "{\"id\":\"aaaaaaaaaaa\",\"title\":\"Again\",\"seconds\":60}]"));
    buf_fini(&out);
    youtube_list_fini(&l);
}

static void videos_that_a_page_cannot_show(void **state)
{
    static const struct {
        const char *video; /* its members */
        bool barred;
    } rows[] = {
        { "", false },
        { ",\"status\":{\"embeddable\":true,\"uploadStatus\":\"processed\",\"privacyStatus\":\"unlisted\"}", false },
        { ",\"status\":{\"embeddable\":false}", true },
        { ",\"status\":{\"embeddable\":\"no\"}", false },
        { ",\"status\":{\"uploadStatus\":\"uploaded\"}", false },
        { ",\"status\":{\"uploadStatus\":\"rejected\"}", true },
        { ",\"status\":{\"privacyStatus\":\"private\"}", true },
        { ",\"contentDetails\":{\"contentRating\":{\"ytRating\":\"ytAgeRestricted\"}}", true },
        { ",\"contentDetails\":{\"contentRating\":{\"mpaaRating\":\"mpaaR\"}}", false },
        { ",\"contentDetails\":{\"regionRestriction\":{\"allowed\":[]}}", true },
        { ",\"contentDetails\":{\"regionRestriction\":{\"blocked\":[\"DE\"]}}", false },
        { ",\"status\":5,\"contentDetails\":[]", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct youtube_list l = { 0 };
        char body[300];
        snprintf(body, sizeof body, "{\"items\":[{\"id\":\"aaaaaaaaaaa\"%s}]}", rows[i].video);
        assert_int_equal(
            youtube_take_items(&l, 200, TEXT("{\"items\":[" ENTRY("1", "t", "aaaaaaaaaaa", "public") "]}")),
            YOUTUBE_FINE);
        assert_int_equal(youtube_take_videos(&l, 200, text_of(body)), YOUTUBE_FINE);
        if (youtube_watchable(&l) != !rows[i].barred)
            fail_msg("row %zu", i);
        assert_int_equal(youtube_take_videos(&l, 200, TEXT("{\"items\":[]}")), YOUTUBE_FINE);
        assert_int_equal(youtube_watchable(&l), 0); /* it is not told of */
        youtube_list_fini(&l);
    }
}

/* Entries without an id are told apart by their place. */
static void entries_without_ids(void **state)
{
    static const char page[] =
        "{\"items\":["
        "{\"snippet\":{\"title\":\"a\",\"position\":0,\"resourceId\":{\"videoId\":\"aaaaaaaaaaa\"}},"
        "\"status\":{\"privacyStatus\":\"public\"}},"
        "{\"snippet\":{\"title\":\"b\",\"position\":1,\"resourceId\":{\"videoId\":\"aaaaaaaaaaa\"}},"
        "\"status\":{\"privacyStatus\":\"public\"}},"
        "{\"snippet\":{\"title\":\"b\",\"position\":1,\"resourceId\":{\"videoId\":\"aaaaaaaaaaa\"}},"
        "\"status\":{\"privacyStatus\":\"public\"}}]}";
    struct youtube_list l = { 0 };
    assert_int_equal(youtube_take_items(&l, 200, text_of(page)), YOUTUBE_FINE);
    assert_int_equal(l.n, 2);
    youtube_list_fini(&l);
}

static void a_list_has_an_end(void **state)
{
    struct youtube_list l = { 0 };
    for (int page = 0; page < YOUTUBE_ITEMS_MOST / 50 + 2; page++) {
        struct buf body = { 0 };
        buf_puts(&body, "{\"items\":[");
        for (int i = 0; i < 50; i++)
            buf_printf(&body, "%s" ENTRY("%d", "t", "abcdefghijk", "public"), i ? "," : "", page * 50 + i);
        buf_puts(&body, "]}");
        assert_int_equal(youtube_take_items(&l, 200, buf_view(&body)), YOUTUBE_FINE);
        buf_fini(&body);
    }
    assert_int_equal(l.n, YOUTUBE_ITEMS_MOST);
    youtube_list_fini(&l);
}

/* In a circle of three pages, and on a staircase without an end. */
static void tokens_do_not_lead_on_for_ever(void **state)
{
    struct youtube_list l = { 0 };
    static const char *const circle[] = { "{\"nextPageToken\":\"a\",\"items\":[]}",
                                          "{\"nextPageToken\":\"b\",\"items\":[]}" };
    for (int i = 0; i < 2; i++) {
        assert_int_equal(youtube_take_items(&l, 200, text_of(circle[i])), YOUTUBE_FINE);
        assert_int_equal(l.token.n, 1);
    }
    assert_int_equal(youtube_take_items(&l, 200, text_of(circle[0])), YOUTUBE_FINE);
    assert_int_equal(l.token.n, 0);
    youtube_list_fini(&l);
    int pages = 0;
    do {
        char body[100];
        snprintf(body, sizeof body, "{\"nextPageToken\":\"%d\",\"items\":[]}", pages++);
        assert_int_equal(youtube_take_items(&l, 200, text_of(body)), YOUTUBE_FINE);
    } while (l.token.n);
    assert_int_equal(pages, YOUTUBE_PAGES_MOST + 1);
    youtube_list_fini(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(durations),
        cmocka_unit_test(refusals),
        cmocka_unit_test(a_playlist_is_read),
        cmocka_unit_test(videos_that_a_page_cannot_show),
        cmocka_unit_test(entries_without_ids),
        cmocka_unit_test(a_list_has_an_end),
        cmocka_unit_test(tokens_do_not_lead_on_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
