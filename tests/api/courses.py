"""People, courses and players for the tests of the courses area, with a YouTube of their own."""
import itertools
import os
import sys
from pathlib import Path
from typing import NamedTuple

from launch import Server

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "outside"))

from google import Google  # noqa: E402
from youtube import YouTube  # noqa: E402

KEY = "a-key-of-the-tests"
PASSWORD = "pass123"
_numbers = itertools.count(1)
_run = f"{int.from_bytes(os.urandom(4), 'big'):x}"


class Member(NamedTuple):
    id: int
    name: str
    email: str
    role: str
    token: str


def new_name(role="user"):
    return f"{role}-{_run}-{next(_numbers)}"


def sign_up(api, **changes):
    name = new_name()
    body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD, "role": "student", **changes}
    return api.post("/auth/signup", json={key: value for key, value in body.items() if value is not ...})


def sign_in(api, name, password=PASSWORD, **more):
    return api.post("/auth/login", json={"username": name, "password": password}, **more)


def member(api, role="student"):
    name = new_name(role)
    made = sign_up(api, username=name, email=f"{name}@example.org", role=role)
    assert made.status == 201, made
    signed = sign_in(api, name)
    assert signed.status == 200, signed
    return Member(made.json()["user_id"], name, f"{name}@example.org", role, signed.json()["access_token"])


def address(playlist):
    return f"https://www.youtube.com/playlist?list={playlist}"


class Campus:
    """A server whose YouTube and Google are ours."""

    def __init__(self, *options, environment=None, **more):
        self.youtube = YouTube(KEY).start()
        self.google = Google().start()
        surroundings = {"GOOGLE_CLIENT_ID": self.google.client_id, "GOOGLE_JWKS_URL": self.google.url, "YOUTUBE_API_KEY": KEY, "YOUTUBE_API_BASE_URL": self.youtube.base_url, **(environment or {})}
        self.server = Server(*options, environment=surroundings, **more)
        self.api = self.server.api
        self._admin = None

    def start(self):
        self.server.start()
        return self

    def end(self):
        try:
            self.server.stop()
        finally:
            self.server.remove()
            self.youtube.stop()
            self.google.stop()

    @property
    def admin(self):
        self._admin = self._admin or member(self.api, "admin")
        return self._admin

    def student(self):
        return member(self.api, "student")

    def load(self, playlist, who=None, **more):
        return self.api.post("/videos/youtube-playlist", token=(who or self.admin).token,
                             json={"playlist_url": address(playlist)}, **more)

    def course(self, videos=3, title="A course"):
        """An imported course: its object and its videos."""
        made = self.load(self.youtube.add(videos, title))
        assert made.status == 200, made
        course = made.json()
        return course, self.api.get(f"/videos/course/{course['id']}").json()

    def nothing_left(self, before):
        """The catalogue's size now is what it was."""
        assert self.size() == before

    def size(self):
        return self.server.database().one("select (select count(*) from courses.course) as courses, "
                                          "(select count(*) from courses.course_video) as videos")


class Player:
    """A student who watches one video."""

    def __init__(self, campus, video, who=None):
        self.api, self.video, self.who = campus.api, video, who or campus.student()

    def post(self, **fields):
        return self.api.post("/progress", token=self.who.token, json={"video_id": self.video, **fields})

    def recorded(self, **fields):
        answer = self.post(**fields)
        assert answer.status == 201, answer
        return answer.json()

    def rows(self):
        answer = self.api.get(f"/progress/video/{self.video}", token=self.who.token)
        assert answer.status == 200, answer
        return answer.json()

    def today(self):
        answer = self.api.get("/attendance/today", token=self.who.token)
        assert answer.status == 200, answer
        return answer.json()
