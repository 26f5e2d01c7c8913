#!/usr/bin/python3 -B
"""A YouTube Data API v3 of our own: playlists.list, playlistItems.list and videos.list with paging, keys, quota and errors by reason,
as courses contract section 6.2 describes the real one. Tests drive it as an object; by hand it serves a few playlists:

  tests/outside/youtube.py [--port 8090] [--key demo-key]

Its base address is printed; give it to lectern as YOUTUBE_API_BASE_URL, and the key as YOUTUBE_API_KEY.
"""
import argparse
import base64
import itertools
import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BASE = "/youtube/v3"
HELD_S = 60  # the longest a held answer waits for its release


def video_id(n):
    return base64.urlsafe_b64encode(n.to_bytes(8, "big")).decode()[:11]


class Item:
    """One entry of a playlist. privacy: public, unlisted, private, or gone for a deleted video. embeddable, rating (ytAgeRestricted), upload
    and allowed (countries) are what videos.list says of it; of one that is silent, nothing."""

    numbers = itertools.count(1)

    def __init__(self, title, privacy="public", duration="PT4M13S", video=None, embeddable=True, rating=None, upload="processed",
                 allowed=None, silent=False):
        self.number = next(Item.numbers)
        self.title, self.privacy, self.duration = title, privacy, duration
        self.video = video or video_id(self.number)
        self.embeddable, self.rating, self.upload, self.allowed, self.silent = embeddable, rating, upload, allowed, silent

    @property
    def there(self):
        return self.privacy in ("public", "unlisted")


class Playlist:
    def __init__(self, title, items, private=False):
        self.title, self.items, self.private = title, list(items), private


class Refusal(Exception):
    """An answer in the API's envelope."""

    def __init__(self, status, reason, domain, message="Refused.", detail=None, word=None, location=None):
        super().__init__(reason)
        error = {"message": message, "domain": domain, "reason": reason}
        if location:
            error |= {"location": location, "locationType": "parameter"}
        self.status = status
        self.body = {"error": {"code": status, "message": message, "errors": [error], **({"status": word} if word else {})}}
        if detail:
            self.body["error"]["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": detail,
                                              "domain": "googleapis.com", "metadata": {"service": "youtube.googleapis.com"}}]


def invalid_key():
    return Refusal(400, "badRequest", "global", "API key not valid. Please pass a valid API key.", "API_KEY_INVALID", "INVALID_ARGUMENT")


def no_key():
    return Refusal(403, "forbidden", "global", "Method doesn't allow unregistered callers.", None, "PERMISSION_DENIED")


def blocked_key():
    return Refusal(403, "forbidden", "global", "Requests to this API are blocked.", "API_KEY_SERVICE_BLOCKED", "PERMISSION_DENIED")


def not_configured():
    return Refusal(403, "accessNotConfigured", "usageLimits", "YouTube Data API v3 has not been used in project 1 before.")


def quota(reason="quotaExceeded", domain="youtube.quota"):
    return Refusal(403, reason, domain, 'The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started">'
                                        'quota</a>.')


def backend(status=503):
    return Refusal(status, "backendError", "global", "Backend Error")


def answer_raw(status, content_type, body, announced=None):
    """A script's step: these very bytes; `announced` more than they are cuts the answer off."""
    return ("raw", status, content_type, body, announced)


HTML = answer_raw(502, "text/html", b"<html><head><title>502 Bad Gateway</title></head><body>proxy</body></html>")
HTML_OK = answer_raw(200, "text/html", b"<!DOCTYPE html><html><body>Sign in</body></html>")
CUT_JSON = answer_raw(200, "application/json", b'{"kind":"youtube#playlistListResponse","items":[{"id":"PL')
CUT_OFF = answer_raw(200, "application/json", b'{"kind":"youtube#', 5000)


class YouTube:
    """The server and what it knows. `script` maps a method's name to steps for its next calls: a Refusal, an answer_raw, "hold" (waits
    for release()), "drop" (closes without an answer), or None for the ordinary answer; after the steps it answers ordinarily."""

    def __init__(self, key="test-key", port=0):
        self.key, self.playlists, self.script, self.asked = key, {}, {}, []
        self.shift = None  # called with (playlist, offset) before a page is cut, to edit the playlist in between
        self.token_of = self.page_token
        self.lock, self.released, self.held = threading.Lock(), threading.Event(), threading.Semaphore(0)
        self.numbers = itertools.count(1)
        youtube = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                youtube.serve(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self.server.server_port}{BASE}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True)

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    # ---- what tests do ----

    def add(self, items, title="A playlist", private=False):
        """A playlist of these items, or of so many; its id."""
        name = f"PL{next(self.numbers):032d}"
        made = [Item(f"Video {n}") for n in range(1, items + 1)] if isinstance(items, int) else items
        self.playlists[name] = Playlist(title, made, private)
        return name

    def steps(self, **script):
        """Steps for the next calls of methods: steps(playlistItems=[None, quota()])."""
        with self.lock:
            self.script.update({name: list(steps) for name, steps in script.items()})

    def calls(self, method=None):
        with self.lock:
            return [call for call in self.asked if method in (None, call[0])]

    def forget(self):
        with self.lock:
            self.asked, self.script, self.shift = [], {}, None
        self.token_of = self.page_token
        self.released.set()
        self.released = threading.Event()

    def wait_held(self, timeout=15):
        """Until some request is being held."""
        assert self.held.acquire(timeout=timeout), "no request came to be held"

    def release(self):
        self.released.set()

    # ---- HTTP ----

    def serve(self, handler):
        url = urllib.parse.urlsplit(handler.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        method = url.path.removeprefix(BASE + "/") if url.path.startswith(BASE + "/") else None
        with self.lock:
            self.asked.append((method, query, dict(handler.headers)))
            waiting = self.script.get(method) or []
            step = waiting.pop(0) if waiting else None
        if step == "hold":
            self.held.release()
            self.released.wait(HELD_S)
            step = None
        if step == "drop":
            handler.close_connection = True
            return
        if isinstance(step, tuple):
            self.raw(handler, *step[1:])
            return
        try:
            if step:
                raise step
            status, body = 200, self.answer(method, query, handler.headers)
        except Refusal as refusal:
            status, body = refusal.status, refusal.body
        self.raw(handler, status, "application/json; charset=UTF-8", json.dumps(body).encode())

    @staticmethod
    def raw(handler, status, content_type, body, announced=None):
        try:
            handler.send_response(status)
            handler.send_header("Content-Type", content_type)
            handler.send_header("Content-Length", str(announced or len(body)))
            handler.end_headers()
            handler.wfile.write(body)
            handler.close_connection = handler.close_connection or bool(announced)
        except OSError:
            handler.close_connection = True  # the caller had enough

    # ---- the API ----

    def answer(self, method, query, headers):
        key = query.get("key") or headers.get("X-goog-api-key")
        if not key:
            raise no_key()
        if key != self.key:
            raise invalid_key()
        methods = {"playlists": self.list_playlists, "playlistItems": self.list_items, "videos": self.list_videos}
        if method not in methods:
            raise Refusal(404, "notFound", "global")
        if not query.get("part"):
            raise Refusal(400, "missingRequiredParameter", "youtube.parameter", location="part")
        return methods[method](query, query["part"].split(","))

    @staticmethod
    def most(query):
        text = query.get("maxResults", "5")
        if not text.isdigit() or int(text) > 50:
            raise Refusal(400, "invalidParameter", "global", "Values must be within the range: [0, 50]", location="maxResults")
        return int(text)

    @staticmethod
    def parts(kind, name, wanted, **known):
        return {"kind": f"youtube#{kind}", "etag": "etag", "id": name, **{part: known[part] for part in wanted if part in known}}

    @staticmethod
    def listing(kind, items, total, per_page, **more):
        return {"kind": f"youtube#{kind}ListResponse", "etag": "etag", **more,
                "pageInfo": {"totalResults": total, "resultsPerPage": per_page}, "items": items}

    def list_playlists(self, query, wanted):
        names = query.get("id", "").split(",")
        if len(names) > 50:
            raise Refusal(400, "invalidParameter", "global", location="id")
        known = [(name, self.playlists[name]) for name in names if name in self.playlists and not self.playlists[name].private]
        items = [self.parts("playlist", name, wanted, contentDetails={"itemCount": len(playlist.items)},
                            snippet={"publishedAt": "2024-05-01T10:00:00Z", "channelId": "UCdemo", "title": playlist.title,
                                     "description": "", "thumbnails": {}, "channelTitle": "Demo",
                                     "localized": {"title": playlist.title, "description": ""}})
                 for name, playlist in known]
        return self.listing("playlist", items, len(items), self.most(query))

    @staticmethod
    def page_token(offset):
        """Opaque, and in need of percent-encoding."""
        return base64.b64encode(b"page\xff\xfe%d" % offset).decode() + "/+&= %"

    def offset_of(self, token, playlist):
        for offset in range(0, len(playlist.items) + 50):
            if token == self.page_token(offset):
                return offset
        raise Refusal(400, "invalidPageToken", "youtube.parameter", location="pageToken")

    def list_items(self, query, wanted):
        name, most = query.get("playlistId"), self.most(query)
        if not name:
            raise Refusal(400, "missingRequiredParameter", "youtube.parameter", location="playlistId")
        playlist = self.playlists.get(name)
        if not playlist:
            raise Refusal(404, "playlistNotFound", "youtube.playlistItem", location="playlistId")
        if playlist.private:
            raise Refusal(403, "playlistItemsNotAccessible", "youtube.playlistItem")
        offset = self.offset_of(query["pageToken"], playlist) if "pageToken" in query else 0
        if self.shift:
            self.shift(playlist, offset)
        page = playlist.items[offset:offset + most]
        more = {}
        if offset + most < len(playlist.items):
            more["nextPageToken"] = self.token_of(offset + most)
        if offset:
            more["prevPageToken"] = self.page_token(max(0, offset - most))
        items = [self.entry(name, playlist.items.index(item), item, wanted) for item in page]
        return self.listing("playlistItem", items, len(playlist.items), most, **more)

    def entry(self, playlist, position, item, wanted):
        titles = {"private": ("Private video", "This video is private."), "gone": ("Deleted video", "This video is unavailable.")}
        title, description = titles.get(item.privacy, (item.title, ""))
        snippet = {"publishedAt": "2024-05-01T10:00:00Z", "channelId": "UCdemo", "title": title, "description": description,
                   "thumbnails": {"default": {"url": f"https://i.ytimg.com/vi/{item.video}/default.jpg"}} if item.there else {},
                   "channelTitle": "Demo", "playlistId": playlist, "position": position,
                   "resourceId": {"kind": "youtube#video", "videoId": item.video}}
        details = {"videoId": item.video}
        if item.there:
            snippet |= {"videoOwnerChannelTitle": "Demo", "videoOwnerChannelId": "UCdemo"}
            details["videoPublishedAt"] = "2024-05-01T10:00:00Z"
        status = {"privacyStatus": "privacyStatusUnspecified" if item.privacy == "gone" else item.privacy}
        return self.parts("playlistItem", f"UEx{item.number:012d}", wanted, snippet=snippet, contentDetails=details, status=status)

    def list_videos(self, query, wanted):
        names = query.get("id", "").split(",")
        if len(names) > 50:
            raise Refusal(400, "invalidParameter", "global", location="id")
        known = {item.video: item for playlist in self.playlists.values() for item in playlist.items if item.there and not item.silent}
        items = [self.parts("video", name, wanted,
                            contentDetails={"duration": known[name].duration, "dimension": "2d", "definition": "hd", "caption": "false",
                                            "licensedContent": False, "projection": "rectangular",
                                            "contentRating": {"ytRating": known[name].rating} if known[name].rating else {},
                                            **({} if known[name].allowed is None else {"regionRestriction": {"allowed": known[name].allowed}})},
                            status={"uploadStatus": known[name].upload, "privacyStatus": known[name].privacy, "license": "youtube",
                                    "embeddable": known[name].embeddable, "publicStatsViewable": True, "madeForKids": False})
                 for name in reversed(list(dict.fromkeys(names))) if name in known]  # the order is not promised
        return self.listing("video", items, len(items), len(names))


def demo(key, port=0):
    """A server with something to import."""
    youtube = YouTube(key, port)
    youtube.playlists = {
        "PLdemoAlgebra": Playlist("Algebra in twelve evenings", [Item(f"Evening {n}", duration=f"PT{20 + n}M") for n in range(1, 13)]),
        "PLdemoPhysics": Playlist("Physics with things at hand", [
            Item("A pendulum"), Item("kept for friends", "private"), Item("A magnet", duration="PT1H2M3S"), Item("lost", "gone"),
            Item("Live from the laboratory", duration="P0D"), Item("on its own site only", embeddable=False),
            Item("for adults", rating="ytAgeRestricted")]),
        "PLdemoLong": Playlist("One hundred and twenty small steps", [Item(f"Step {n}", duration="PT45S") for n in range(1, 121)]),
        "PLdemoEmpty": Playlist("Nothing left", [Item("gone", "gone")]),
    }
    return youtube


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--port", type=int, default=8090, help="on 127.0.0.1; 0 takes a free one [8090]")
    p.add_argument("--key", default="demo-key", help="the API key it accepts [demo-key]")
    options = p.parse_args()
    youtube = demo(options.key, options.port)
    print(f"listening on {youtube.base_url}", flush=True)
    for name, playlist in youtube.playlists.items():
        print(f"  https://www.youtube.com/playlist?list={name}  {playlist.title}", flush=True)
    try:
        youtube.server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
