/* Forwarded: see forwarded.h. Read from its end: what stands to the left may be the client's own invention, such as a
 * quotation mark that would swallow what the proxies have added. */
#include "transport/http/forwarded.h"

#include <strings.h>

enum walk { WALK_ON, WALK_FOUND, WALK_LOST };

static struct text trimmed(struct text t)
{
    for (; t.n && strchr(" \t", *t.p); t.n--)
        t.p++;
    while (t.n && strchr(" \t", t.p[t.n - 1]))
        t.n--;
    return t;
}

static bool is_port(struct text t)
{
    static const char letters[] = "0123456789.-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    bool hidden = t.n > 1 && *t.p == '_';
    for (size_t i = 0; i < t.n; i++)
        if (!memchr(letters, t.p[i], hidden ? sizeof letters - 1 : 10))
            return false;
    return t.n && (hidden || t.n <= 5);
}

/* 192.0.2.1, 192.0.2.1:80, [2001:db8::1], [2001:db8::1]:80, and 2001:db8::1, which some write too. */
static bool read_node(struct text t, struct sockaddr_storage *ret)
{
    const char *bracket = t.n && *t.p == '[' ? memchr(t.p, ']', t.n) : NULL;
    const char *colon = bracket ? bracket + 1 : memchr(t.p, ':', t.n);
    bool port = colon && colon < t.p + t.n && !(!bracket && memrchr(t.p, ':', t.n) != colon);
    struct text host = { t.p, port ? (size_t)(colon - t.p) : t.n };
    if (port && (*colon != ':' || !is_port((struct text){ colon + 1, t.n - host.n - 1 })))
        return false;
    if (bracket)
        host = (struct text){ t.p + 1, (size_t)(bracket - t.p) - 1 };
    if (bracket && !memchr(host.p, ':', host.n))
        return false;
    return network_address_read(host, ret);
}

/* Takes the last item off a list, without blanks around. Separators in quotation marks are none. */
static struct text last_item(struct text *list, char separator)
{
    size_t at = list->n;
    for (bool quoted = false; at; at--) {
        char c = list->p[at - 1];
        size_t slashes = 0;
        while (quoted && c == '"' && at - 1 > slashes && list->p[at - 2 - slashes] == '\\')
            slashes++;
        if (c == '"' && slashes % 2 == 0)
            quoted = !quoted;
        else if (c == separator && !quoted)
            break;
    }
    struct text item = { list->p + at, list->n - at };
    list->n = at ? at - 1 : 0;
    return trimmed(item);
}

static struct text unquoted(struct text t)
{
    bool quoted = t.n > 1 && *t.p == '"' && t.p[t.n - 1] == '"';
    return quoted ? (struct text){ t.p + 1, t.n - 2 } : t;
}

/* The value of `for` in an element of Forwarded; absent if there is none, or two. */
static struct text for_of(struct text element)
{
    struct text found = { 0 };
    while (element.n) {
        struct text pair = last_item(&element, ';');
        if (pair.n < 4 || strncasecmp(pair.p, "for=", 4) != 0)
            continue;
        if (found.p)
            return (struct text){ 0 };
        found = (struct text){ pair.p + 4, pair.n - 4 };
    }
    return found;
}

/* One line of the list, from its end. */
static enum walk walk_line(struct text list, bool pairs, const struct networks *trusted, struct sockaddr_storage *ret)
{
    while (list.n) {
        struct text item = last_item(&list, ',');
        struct sockaddr_storage a;
        if (!item.n)
            continue;
        struct text node = pairs ? for_of(item) : item;
        if (!node.p || !read_node(unquoted(node), &a))
            return WALK_LOST;
        *ret = a;
        if (!networks_have(trusted, &a))
            return WALK_FOUND;
    }
    return WALK_ON;
}

/* Takes the last line off a head. */
static struct text last_line(struct text *head)
{
    const char *lf = memrchr(head->p, '\n', head->n);
    struct text line = { lf ? lf + 1 : head->p, lf ? (size_t)(head->p + head->n - lf) - 1 : head->n };
    head->n -= line.n + (lf ? 1 : 0);
    while (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

/* False: no line has this name. */
static bool walk(struct text head, struct text name, bool pairs, const struct networks *trusted,
                 struct sockaddr_storage *ret)
{
    bool said = false;
    enum walk walked = WALK_ON;
    while (head.n && walked == WALK_ON) {
        struct text line = last_line(&head);
        if (line.n <= name.n || line.p[name.n] != ':' || strncasecmp(line.p, name.p, name.n) != 0)
            continue;
        said = true;
        walked = walk_line((struct text){ line.p + name.n + 1, line.n - name.n - 1 }, pairs, trusted, ret);
    }
    return said;
}

bool forwarded_for(struct text head, const struct networks *trusted, struct sockaddr_storage *ret)
{
    ret->ss_family = AF_UNSPEC;
    if (!walk(head, TEXT("X-Forwarded-For"), false, trusted, ret))
        (void)walk(head, TEXT("Forwarded"), true, trusted, ret);
    return ret->ss_family != AF_UNSPEC;
}
