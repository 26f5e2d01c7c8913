/* Url: see url.h. */
#include "proto/base/url.h"

#include "proto/base/address.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* As curl writes it: an IPv4 address always as four numbers, an IPv6 one in brackets. */
static bool is_this_machine(const char *host)
{
    char with_port[ADDRESS_TEXT_MAX];
    struct sockaddr_storage address;
    if (!strcasecmp(host, "localhost"))
        return true;
    int n = snprintf(with_port, sizeof with_port, "%s:0", host);
    return n > 2 && n < (int)sizeof with_port && *host != '*' && address_read(with_port, &address) &&
           address_is_loopback(&address);
}

bool url_trusted(const char *url, bool named)
{
    CURLU *u = curl_url();
    char *scheme = NULL, *host = NULL;
    bool trusted = u && !curl_url_set(u, CURLUPART_URL, url, named ? 0 : CURLU_DISALLOW_USER) &&
                   !curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) && !curl_url_get(u, CURLUPART_HOST, &host, 0) &&
                   *host && (!strcmp(scheme, "https") || (!strcmp(scheme, "http") && is_this_machine(host)));
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(u);
    return trusted;
}
