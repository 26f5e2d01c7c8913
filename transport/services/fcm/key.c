/* Key: see key.h. libjwt signs; jansson reads the file. */
#include "transport/services/fcm/key.h"

#include "proto/base/url.h"
#include "proto/base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <jwt.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCOPE "https://www.googleapis.com/auth/firebase.messaging"
enum { FILE_MOST = 64 << 10, FIELD_MOST = 2000, LIFE_S = 3600 };

static const char usual_token_uri[] = "https://oauth2.googleapis.com/token";

/* The whole of a regular file of sensible size. */
static bool read_file(const char *path, struct buf *out, struct buf *why)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hold the start up */
    if (fd < 0) {
        buf_printf(why, "the file cannot be opened: %s", strerror(errno));
        return false;
    }
    bool good = !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size <= FILE_MOST;
    char *p = good ? buf_room(out, (size_t)st.st_size) : NULL;
    ssize_t n = p ? read(fd, p, (size_t)st.st_size) : -1;
    out->n += n > 0 ? (size_t)n : 0;
    close(fd);
    if (n == st.st_size && p)
        return true;
    buf_puts(why, good ? "the file cannot be read" : "the file is no service account: empty, too large, or no file");
    return false;
}

/* A copy of a text member; NULL if it is absent, empty or too long. */
static char *member(const json_t *account, const char *name, size_t most)
{
    const char *s = json_string_value(json_object_get(account, name));
    return s && *s && strlen(s) <= most ? strdup(s) : NULL;
}

static bool one_word(const char *s, const char *more)
{
    for (; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') || strchr(more, *s)))
            return false;
    return true;
}

/* What is missing or wrong; NULL if nothing is. */
static const char *fault_of(const struct fcm_key *k)
{
    if (!k->project || !one_word(k->project, "-.:"))
        return "project_id";
    if (!k->email)
        return "client_email";
    if (!k->pem)
        return "private_key";
    return k->token_uri && url_trusted(k->token_uri, false) ? NULL : "token_uri";
}

static struct fcm_key *read_account(const json_t *account, struct buf *why)
{
    struct fcm_key *k = calloc(1, sizeof *k);
    if (!k) {
        buf_puts(why, "no memory");
        return NULL;
    }
    k->project = member(account, "project_id", 100);
    k->email = member(account, "client_email", FIELD_MOST);
    k->key_id = member(account, "private_key_id", FIELD_MOST);
    k->pem = member(account, "private_key", FILE_MOST);
    k->token_uri =
        json_object_get(account, "token_uri") ? member(account, "token_uri", FIELD_MOST) : strdup(usual_token_uri);
    const char *fault = fault_of(k);
    if (!fault)
        return k;
    buf_printf(why, "%s is missing in the service account, or is none%s", fault,
               k->token_uri && fault[0] == 't' ? ": it must be an https address, or a http one of this machine" : "");
    fcm_key_free(k);
    return NULL;
}

static bool signs(const struct fcm_key *k)
{
    struct buf trial = { 0 };
    bool good = fcm_key_assert(k, k->token_uri, 0, &trial);
    buf_fini(&trial);
    return good;
}

struct fcm_key *fcm_key_read(const char *path, struct buf *why)
{
    struct buf file = { 0 };
    struct fcm_key *k = NULL;
    json_t *account = NULL;
    if (read_file(path, &file, why)) {
        struct text json = utf8_past_mark(buf_view(&file));
        account = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
        if (json_is_object(account))
            k = read_account(account, why);
        else
            buf_puts(why, "the file is no JSON object");
    }
    json_decref(account);
    if (file.p)
        explicit_bzero(file.p, file.n);
    buf_fini(&file);
    if (!k || signs(k))
        return k;
    buf_puts(why, "private_key is no RSA key");
    fcm_key_free(k);
    return NULL;
}

void fcm_key_free(struct fcm_key *k)
{
    if (!k)
        return;
    if (k->pem)
        explicit_bzero(k->pem, strlen(k->pem));
    free(k->pem);
    free(k->project);
    free(k->email);
    free(k->key_id);
    free(k->token_uri);
    free(k);
}

static bool add_claims(jwt_t *jwt, const struct fcm_key *k, const char *audience, int64_t now_s)
{
    return !jwt_add_grant(jwt, "iss", k->email) && !jwt_add_grant(jwt, "scope", SCOPE) &&
           !jwt_add_grant(jwt, "aud", audience) && !jwt_add_grant_int(jwt, "iat", now_s) &&
           !jwt_add_grant_int(jwt, "exp", now_s + LIFE_S) && (!k->key_id || !jwt_add_header(jwt, "kid", k->key_id)) &&
           !jwt_set_alg(jwt, JWT_ALG_RS256, (const unsigned char *)k->pem, (int)strlen(k->pem));
}

bool fcm_key_assert(const struct fcm_key *k, const char *audience, int64_t now_s, struct buf *out)
{
    jwt_t *jwt = NULL;
    char *text = NULL;
    if (!jwt_new(&jwt) && add_claims(jwt, k, audience, now_s))
        text = jwt_encode_str(jwt);
    jwt_free(jwt);
    if (!text)
        return false;
    buf_puts(out, text);
    free(text);
    return !out->failed;
}
