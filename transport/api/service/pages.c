/* Pages: what people see in a browser, and the files it consists of. They answer under every mount and host name, with
 * relative addresses only, so a proxy may put a prefix before all of it. */
#include "transport/api/service/service.h"
#include "transport/http/folder.h"
#include "transport/transport.h"

/* Scripts are files of ours, never lines of a page. Swagger UI writes styles into its page. */
#define POLICY(scripts)                                                                                                \
    "default-src 'none'; script-src " scripts "; connect-src 'self'; base-uri 'none'; form-action 'self'; "            \
    "frame-ancestors 'none'; "
#define POLICY_BASE POLICY("'self'")
/* The microphone is measured by WebAssembly, which a page must be allowed by this word; it allows no text to be run. */
#define POLICY_MEASURING POLICY("'self' 'wasm-unsafe-eval'") "style-src 'self'; img-src 'self' data:"

static const struct page {
    const char *path, *file, *policy;
} pages[] = {
    { "/", "classroom/index.html",
      POLICY_BASE "style-src 'self'; img-src 'self' data:; media-src 'self' blob:; manifest-src 'self'" },
    { "/docs", "docs/index.html", POLICY_BASE "style-src 'self'; img-src 'self' data:; media-src 'self' blob:" },
    { "/console", "console/index.html", POLICY_BASE "style-src 'self'; img-src 'self'" },
    { "/practice", "practice/index.html", POLICY_BASE "style-src 'self'; img-src 'self' data:" },
    { "/coaching", "coaching/index.html", POLICY_MEASURING },
    { "/signup", "coaching/index.html", POLICY_MEASURING },
    { "/redoc", "docs/index.html", POLICY_BASE "style-src 'self'; img-src 'self' data:; media-src 'self' blob:" },
};

static const struct page *page_of(const struct request *rq)
{
    const char *path = request_endpoint(rq)->path;
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (!strcmp(path, pages[i].path))
            return &pages[i];
    return NULL;
}

static bool ends_in_slash(struct text t)
{
    return t.n && t.p[t.n - 1] == '/';
}

/* The last segment of a path, whether or not a slash follows. */
static struct text last_segment(struct text path)
{
    size_t end = path.n - ends_in_slash(path), begin = end;
    while (begin && path.p[begin - 1] != '/')
        begin--;
    return (struct text){ path.p + begin, end - begin };
}

/* Relative addresses in a page count from the last slash of its own, so "/docs/" goes to "/docs" and "/m/<area>" to
 * "/m/<area>/". The new address is relative too. */
static void redirect(struct request *rq, bool slash)
{
    struct buf out = { 0 };
    buf_puts(&out, slash ? "Location: ./" : "Location: ../");
    buf_text(&out, last_segment(request_path(rq)));
    buf_puts(&out, slash ? "/\r\n" : "\r\n");
    buf_putc(&out, 0);
    struct text extra = out.failed ? (struct text){ 0 } : request_keep(rq, buf_view(&out));
    buf_fini(&out);
    if (extra.p)
        respond_content(rq, 307, NULL, extra.p, TEXT(""));
    else
        respond_error(rq, ERROR_OVERLOADED);
}

void pages_page(struct request *rq)
{
    const struct folder *folder = transport_of(request_worker(rq))->pages;
    const struct page *p = page_of(rq);
    bool slash = ends_in_slash(text_of(p->path));
    if (!folder)
        respond_error(rq, ERROR_NO_PAGES);
    else if (ends_in_slash(request_path(rq)) != slash)
        redirect(rq, slash);
    else
        folder_respond(rq, folder, text_of(p->file), p->policy);
}

/* A page is answered at its own path only, where its policy and its relative addresses are right. */
void pages_asset(struct request *rq)
{
    const struct folder *folder = transport_of(request_worker(rq))->pages;
    struct text name = request_text(rq, "file");
    const char *type = folder ? folder_type(folder, name) : NULL;
    if (!folder)
        respond_error(rq, ERROR_NO_PAGES);
    else if (!type || !strncmp(type, "text/html", 9))
        respond_error(rq, ERROR_NOT_FOUND);
    else
        folder_respond(rq, folder, name, "default-src 'none'; sandbox");
}

const struct endpoint pages_endpoints[] = {
    { GET, "/", ANYONE, .handle = pages_page, .summary = "The page people use", .hidden = true },
    { GET, "/practice", ANYONE, .handle = pages_page, .summary = "Exercises and a tutor", .hidden = true },
    { GET, "/coaching", ANYONE, .handle = pages_page, .summary = "Sessions that listen and nudge", .hidden = true },
    { GET, "/signup", ANYONE, .handle = pages_page, .summary = "Where an invitation to coaching leads",
      .hidden = true },
    { GET, "/docs", ANYONE, .handle = pages_page, .summary = "This interface, to read and to try", .hidden = true },
    { GET, "/redoc", ANYONE, .handle = pages_page, .summary = "The same under its other usual name", .hidden = true },
    { GET, "/assets/{file:path}", ANYONE, .handle = pages_asset, .summary = "The files of the pages", .hidden = true },
    {},
};
