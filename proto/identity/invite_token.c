/* Invite token: see invite_token.h. */
#include "proto/identity/invite_token.h"

#include "proto/base/buf.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { MAC = 32, PADDED = 45 };

/* The letters of base64url (RFC 4648, section 5) are those of base64 but for two. */
static void put_letters(const unsigned char mac[static MAC], char to[static INVITE_TOKEN_MAX])
{
    char letters[PADDED];
    EVP_EncodeBlock((unsigned char *)letters, mac, MAC);
    for (int i = 0; i < INVITE_TOKEN_MAX - 1; i++)
        to[i] = letters[i] == '+' ? '-' : letters[i] == '/' ? '_' : letters[i];
    to[INVITE_TOKEN_MAX - 1] = 0;
}

bool invite_token_make(const char *key, struct text id, int32_t generation, char to[static INVITE_TOKEN_MAX])
{
    unsigned char mac[MAC];
    unsigned size = MAC;
    struct buf said = { 0 };
    buf_puts(&said, "invite ");
    buf_text(&said, id);
    buf_printf(&said, " %d", generation);
    bool good = !said.failed &&
                HMAC(EVP_sha256(), key, (int)strlen(key), (const unsigned char *)said.p, said.n, mac, &size) &&
                size == MAC;
    buf_fini(&said);
    if (good)
        put_letters(mac, to);
    return good;
}
