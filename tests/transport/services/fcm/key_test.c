/* Key: service-account files good and bad, and the assertion, verified with the public key. */
#include "tests/test.h"
#include "transport/services/fcm/key.h"

#include <jwt.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char path[] = "/tmp/fcm-key-XXXXXX";
static char private_pem[4096], public_pem[2048], elliptic_pem[2048];

static void put_pem(EVP_PKEY *key, bool whole, char *to, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_true(whole ? PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) : PEM_write_bio_PUBKEY(bio, key));
    int n = BIO_read(bio, to, (int)size - 1);
    assert_true(n > 0);
    to[n] = 0;
    BIO_free(bio);
}

static int setup(void **state)
{
    EVP_PKEY *rsa = EVP_RSA_gen(2048), *elliptic = EVP_EC_gen("P-256");
    assert_true(rsa && elliptic);
    put_pem(rsa, true, private_pem, sizeof private_pem);
    put_pem(rsa, false, public_pem, sizeof public_pem);
    put_pem(elliptic, true, elliptic_pem, sizeof elliptic_pem);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(elliptic);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    return 0;
}

static int teardown(void **state)
{
    unlink(path);
    return 0;
}

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    fclose(file);
}

/* An account with these members; a key's line ends are escaped as JSON wants it. */
static void write_account(const char *members, const char *pem)
{
    struct buf b = { 0 };
    buf_printf(&b, "{%s%s\"private_key\":\"", members, *members ? "," : "");
    for (; *pem; pem++)
        buf_puts(&b, *pem == '\n' ? "\\n" : (char[]){ *pem, 0 });
    buf_printf(&b, "\"}%c", 0);
    write_file(b.p);
    buf_fini(&b);
}

#define WHO "\"project_id\":\"lectern-1\",\"client_email\":\"a@b.c\""

static void a_service_account_is_read(void **state)
{
    struct buf why = { 0 };
    write_account(WHO ",\"private_key_id\":\"k1\",\"token_uri\":\"http://127.0.0.1:9/token\",\"more\":[1]",
                  private_pem);
    struct fcm_key *k = fcm_key_read(path, &why);
    assert_non_null(k);
    assert_string_equal(k->project, "lectern-1");
    assert_string_equal(k->email, "a@b.c");
    assert_string_equal(k->key_id, "k1");
    assert_string_equal(k->token_uri, "http://127.0.0.1:9/token");
    fcm_key_free(k);
    write_account(WHO, private_pem);
    k = fcm_key_read(path, &why);
    assert_non_null(k);
    assert_string_equal(k->token_uri, "https://oauth2.googleapis.com/token");
    assert_null(k->key_id);
    fcm_key_free(k);
    assert_int_equal(why.n, 0);
}

/* As an editor of Windows saves it. */
static void a_byte_order_mark_is_no_fault(void **state)
{
    static char text[8192] = "\xef\xbb\xbf";
    struct buf why = { 0 };
    write_account(WHO, private_pem);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text + 3, 1, sizeof text - 4, file) > 0);
    fclose(file);
    write_file(text);
    struct fcm_key *k = fcm_key_read(path, &why);
    assert_non_null(k);
    fcm_key_free(k);
}

/* The reason names what is wrong, and nothing of the file. */
static void refuse(const char *expected)
{
    struct buf why = { 0 };
    assert_null(fcm_key_read(path, &why));
    buf_putc(&why, 0);
    if (!strstr(why.p, expected) || strstr(why.p, path) || strstr(why.p, "PRIVATE"))
        fail_msg("\"%s\" for \"%s\"", why.p, expected);
    buf_fini(&why);
}

static void what_is_no_service_account(void **state)
{
    static const struct {
        const char *members, *why;
    } cases[] = {
        { "\"client_email\":\"a@b.c\"", "project_id" },
        { "\"project_id\":\"a/b\",\"client_email\":\"a@b.c\"", "project_id" },
        { "\"project_id\":7,\"client_email\":\"a@b.c\"", "project_id" },
        { "\"project_id\":\"a\",\"client_email\":\"\"", "client_email" },
        { WHO ",\"token_uri\":\"ftp://x\"", "token_uri" },
        { WHO ",\"token_uri\":\"http://x y\"", "token_uri" },
        { WHO ",\"token_uri\":null", "token_uri" },
        { WHO ",\"token_uri\":\"http://oauth2.googleapis.com/token\"", "token_uri" },
        { WHO ",\"token_uri\":\"http://127.0.0.1.evil.example/token\"", "https" },
        { WHO ",\"token_uri\":\"https://user@oauth2.googleapis.com/token\"", "token_uri" },
        { WHO "," WHO, "no JSON object" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_account(cases[i].members, private_pem);
        refuse(cases[i].why);
    }
    write_account(WHO, "");
    refuse("private_key");
    write_account(WHO, "nonsense");
    refuse("private_key");
    write_account(WHO, elliptic_pem);
    refuse("private_key");
    write_account(WHO, public_pem);
    refuse("private_key");
}

static void what_is_no_file_of_ours(void **state)
{
    struct buf why = { 0 };
    write_file("");
    refuse("no service account");
    write_file("[]");
    refuse("no JSON object");
    write_file("{");
    refuse("no JSON object");
    char *large = malloc((64 << 10) + 2);
    memset(large, ' ', (64 << 10) + 1);
    large[(64 << 10) + 1] = 0;
    write_file(large);
    free(large);
    refuse("no service account");
    assert_null(fcm_key_read("/tmp", &why));
    assert_null(fcm_key_read("/nowhere/at/all", &why));
    buf_fini(&why);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    refuse("no service account");
    unlink(path);
}

static void the_assertion_is_ours(void **state)
{
    struct buf why = { 0 }, text = { 0 };
    jwt_t *jwt = NULL;
    int64_t now = time(NULL);
    write_account(WHO ",\"private_key_id\":\"k1\"", private_pem);
    struct fcm_key *k = fcm_key_read(path, &why);
    assert_non_null(k);
    assert_true(fcm_key_assert(k, "https://there/token", now, &text));
    buf_putc(&text, 0);
    assert_int_equal(jwt_decode(&jwt, text.p, (const unsigned char *)public_pem, (int)strlen(public_pem)), 0);
    assert_int_equal(jwt_get_alg(jwt), JWT_ALG_RS256);
    assert_string_equal(jwt_get_header(jwt, "kid"), "k1");
    assert_string_equal(jwt_get_grant(jwt, "iss"), "a@b.c");
    assert_string_equal(jwt_get_grant(jwt, "aud"), "https://there/token");
    assert_string_equal(jwt_get_grant(jwt, "scope"), "https://www.googleapis.com/auth/firebase.messaging");
    assert_int_equal(jwt_get_grant_int(jwt, "iat"), now);
    assert_int_equal(jwt_get_grant_int(jwt, "exp"), now + 3600);
    jwt_free(jwt);
    fcm_key_free(k);
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_account_is_read),  cmocka_unit_test(a_byte_order_mark_is_no_fault),
        cmocka_unit_test(what_is_no_service_account), cmocka_unit_test(the_assertion_is_ours),
        cmocka_unit_test(what_is_no_file_of_ours),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
