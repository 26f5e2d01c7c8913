"""Pages and their files: how they are served, and that nothing else of the disk is."""
import gzip
import os
import urllib.parse

import pytest

from client import wait_until
from launch import short_folder

SCRIPT = "export const answer = 42;\n" * 100
FILES = {
    "docs/index.html": "<title>docs</title>",
    "practice/index.html": "<title>practice</title>",
    "coaching/index.html": "<title>coaching</title>",
    "classroom/index.html": "<title>class</title>",
    "classroom/main.js": SCRIPT,
    "classroom/deep/er/style.css": "body {}\n",
    "classroom/icon.svg": "<svg/>",
    "classroom/notes.unknown": "no type",
    "classroom/.hidden.js": "hidden",
    ".git/config.json": "{}",
    "a b+c.json": "{}",
    "lib/code.wasm": "no module",
}


@pytest.fixture(scope="module")
def folder():
    top = short_folder()
    for name, text in FILES.items():
        os.makedirs(os.path.dirname(f"{top}/w/{name}"), exist_ok=True)
        with open(f"{top}/w/{name}", "w", encoding="utf-8") as file:
            file.write(text)
    with open(f"{top}/w/classroom/main.js.gz", "wb") as file:
        file.write(gzip.compress(SCRIPT.encode()))
    with open(f"{top}/secret.js", "w", encoding="utf-8") as file:
        file.write("secret")
    os.symlink("../../secret.js", f"{top}/w/classroom/link.js")
    os.symlink("../..", f"{top}/w/classroom/up")
    os.mkfifo(f"{top}/w/classroom/pipe.js")
    return top


@pytest.fixture(scope="module")
def pages(start_module_server, folder):
    return start_module_server("--web-dir", f"{folder}/w", "--hosts", "classroom=class.test").api


def headers(answer, *names):
    return [answer.header(name) for name in names]


@pytest.mark.parametrize("path,text", [("/", "class"), ("/docs", "docs"), ("/practice", "practice"), ("/coaching", "coaching"),
                                       ("/signup", "coaching"), ("/m/coaching/coaching", "coaching"), ("/m/classroom/", "class"),
                                       ("/m/classroom/docs", "docs"), ("/m/practice/practice", "practice"), ("/m/service/docs", "docs")])
def test_a_page(pages, path, text):
    answer = pages.get(path)
    assert answer.status == 200 and answer.body.decode() == f"<title>{text}</title>"
    assert answer.header("content-type") == "text/html; charset=utf-8"
    policy = answer.header("content-security-policy")
    scripts = "'self' 'wasm-unsafe-eval'" if text == "coaching" else "'self'"
    assert f"default-src 'none'; script-src {scripts};" in policy and "frame-ancestors 'none'" in policy
    assert "connect-src 'self';" in policy
    assert "unsafe" not in policy.replace("'wasm-unsafe-eval'", "")
    assert headers(answer, "x-content-type-options", "referrer-policy", "cache-control") == ["nosniff", "no-referrer", "no-cache"]


@pytest.mark.parametrize("path,to", [("/docs/", "/docs"), ("/m/classroom", "/m/classroom/"), ("/m/classroom/docs/", "/m/classroom/docs")])
def test_a_slash_too_many_or_too_few_is_mended(pages, path, to):
    answer = pages.get(path)
    assert answer.status == 307 and answer.body == b""
    assert urllib.parse.urljoin(path, answer.header("location")) == to
    prefixed = urllib.parse.urljoin(f"/seeds{path}", answer.header("location"))
    assert prefixed == f"/seeds{to}"


@pytest.mark.parametrize("name,content_type", [
    ("classroom/main.js", "text/javascript; charset=utf-8"),
    ("classroom/deep/er/style.css", "text/css; charset=utf-8"),
    ("classroom/icon.svg", "image/svg+xml"),
    ("a%20b+c.json", "application/json"),
    ("lib/code.wasm", "application/wasm"),
])
def test_a_file(pages, name, content_type):
    answer = pages.get(f"/assets/{name}")
    assert answer.status == 200 and answer.body.decode() == FILES[urllib.parse.unquote(name)]
    assert headers(answer, "content-type", "x-content-type-options", "cache-control") == [content_type, "nosniff", "no-cache"]
    assert "default-src 'none'" in answer.header("content-security-policy")


def test_what_has_not_changed_is_not_sent_again(pages, folder):
    first = pages.get("/assets/classroom/icon.svg")
    tag, date = headers(first, "etag", "last-modified")
    assert tag.startswith('"') and date.endswith(" GMT")
    again = pages.get("/assets/classroom/icon.svg", headers={"If-None-Match": tag})
    assert again.status == 304 and again.body == b"" and again.header("etag") == tag
    assert again.header("cache-control") == "no-cache"
    path = f"{folder}/w/classroom/icon.svg"
    with open(path, "w", encoding="utf-8") as file:
        file.write("<svg></svg>")
    changed = pages.get("/assets/classroom/icon.svg", headers={"If-None-Match": tag})
    assert changed.status == 200 and changed.body == b"<svg></svg>" and changed.header("etag") != tag
    with open(path, "w", encoding="utf-8") as file:
        file.write(FILES["classroom/icon.svg"])


def test_head(pages):
    answer = pages.call("HEAD", "/assets/classroom/main.js")
    assert answer.status == 200 and answer.body == b""
    assert headers(answer, "content-length", "content-type") == [str(len(SCRIPT)), "text/javascript; charset=utf-8"]


@pytest.mark.parametrize("accept,packed", [("gzip, deflate, br", True), ("gzip;q=0, *", False), ("*", True), ("br", False), (None, False)])
def test_what_is_packed_goes_to_who_takes_it(pages, accept, packed):
    answer = pages.get("/assets/classroom/main.js", headers={"Accept-Encoding": accept} if accept else {})
    assert answer.status == 200 and answer.header("vary") == "Accept-Encoding"
    assert answer.header("content-encoding") == ("gzip" if packed else None)
    assert answer.header("content-type") == "text/javascript; charset=utf-8"
    assert (gzip.decompress(answer.body) if packed else answer.body).decode() == SCRIPT


def test_packed_and_plain_are_told_apart(pages):
    plain = pages.get("/assets/classroom/main.js").header("etag")
    packed = pages.get("/assets/classroom/main.js", headers={"Accept-Encoding": "gzip", "If-None-Match": plain})
    assert packed.status == 200 and packed.header("etag") != plain


ABSENT = [
    "", "/", "/classroom", "/classroom/", "/classroom/deep", "/nothing.js", "/classroom/main.j", "/classroom/main.jss", "/CLASSROOM/main.js",
    "/classroom/notes.unknown", "/classroom/.hidden.js", "/.git/config.json", "/classroom/link.js", "/classroom/up/secret.js", "/classroom/pipe.js",
    "/classroom/main.js.gz", "/docs/index.html", "/classroom/index.html",
    "/../secret.js", "/..%2fsecret.js", "/%2e%2e/secret.js", "/classroom/../../secret.js", "/classroom%2f..%2f..%2fsecret.js",
    "/classroom%2fmain.js", "/classroom/./main.js", "//classroom/main.js", "/classroom//main.js", "/..%5csecret.js", "/etc/passwd", "//etc/passwd",
    "/%2fetc%2fpasswd", "/" + "a/" * 15 + "b.js", "/" + "a/" * 5000, "/" + "a" * 5000 + ".js",
]


@pytest.mark.parametrize("mount", ["", "/m/classroom"])
@pytest.mark.parametrize("name", ABSENT)
def test_nothing_else_is_there(pages, mount, name):
    answer = pages.get(f"{mount}/assets{name}")
    assert answer.status in (404, 414) and answer.detail
    assert b"secret" not in answer.body and b"/tmp" not in answer.body


@pytest.mark.parametrize("name", ["/classroom/main.js%00.svg", "/%ff%fe.js", "/%zz.js"])
def test_names_that_are_no_text_are_refused(pages, name):
    answer = pages.get(f"/assets{name}")
    assert answer.status in (400, 422) and b"answer = 42" not in answer.body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/docs", "/assets/classroom/main.js"])
def test_pages_are_only_read(pages, method, path):
    answer = pages.call(method, path)
    assert answer.status == 405 and answer.header("allow") == "GET, HEAD, OPTIONS"


def test_a_file_that_goes_is_gone(pages, folder):
    path = f"{folder}/w/classroom/deep/er/style.css"
    os.rename(path, f"{path}.away")
    try:
        assert pages.get("/assets/classroom/deep/er/style.css").status == 404
    finally:
        os.rename(f"{path}.away", path)
    assert pages.get("/assets/classroom/deep/er/style.css").status == 200


def test_without_pages_the_answer_says_so(start_server):
    server = start_server("--web-dir", "/nowhere/at/all")
    for path in ("/", "/docs", "/assets/classroom/main.js"):
        answer = server.api.get(path)
        assert answer.status == 404 and "LECTERN_WEB=OFF" in answer.detail and "/nowhere" not in answer.detail
    wait_until(lambda: "there are no pages" in server.stderr() and "/nowhere/at/all" in server.stderr(), what="a line in the log")
    assert server.api.get("/openapi.json").status == 200


def test_the_built_pages_are_found(api):
    answer = api.get("/docs")
    assert answer.status == 200 and b"assets/docs/docs.js" in answer.body
    library = api.get("/assets/lib/swagger-ui.js", headers={"Accept-Encoding": "gzip"})
    assert library.status == 200 and b"SwaggerUIBundle" in gzip.decompress(library.body)


def document(api, path):
    return api.get(path).json()


def test_the_document_of_a_mount_is_its_own(pages):
    everything = document(pages, "/openapi.json")
    assert everything["servers"] == [{"url": "/"}]
    assert {tag["name"] for tag in everything["tags"]} >= {"classroom", "service"}
    own = document(pages, "/m/classroom/openapi.json")
    assert own["servers"] == [{"url": "/m/classroom"}] and [tag["name"] for tag in own["tags"]] == ["classroom", "service"]
    assert "/sessions/active" in own["paths"] and "/livez" in own["paths"]
    service = document(pages, "/m/service/openapi.json")
    assert [tag["name"] for tag in service["tags"]] == ["service"] and "/sessions/active" not in service["paths"]
    with pages.connect() as connection:
        connection.send(b"GET /openapi.json HTTP/1.1\r\nHost: class.test\r\n\r\n")
        named = connection.answer("GET").json()
    assert named["servers"] == [{"url": "/"}] and named["paths"] == own["paths"]


def test_the_document_knows_the_prefix_and_the_identities(start_server):
    server = start_server("--root-path", "/seeds", "--identity", "token")
    found = document(server.api, "/m/classroom/openapi.json")
    assert found["servers"] == [{"url": "/seeds/m/classroom"}]
    schemes = found["components"]["securitySchemes"]
    assert set(schemes) == {"sign_in", "bearer", "token"} and schemes["sign_in"]["flows"]["password"]["tokenUrl"] == "auth/login"
    assert found["paths"]["/sessions/active"]["get"]["security"] == [{"sign_in": []}, {"bearer": []}]
