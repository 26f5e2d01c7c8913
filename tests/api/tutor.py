"""Conversations with the tutor, and a server whose model is ours, for the tests of the practice area."""
import sys
import threading
from pathlib import Path

from launch import Server

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "outside"))
import openai  # noqa: E402  pylint: disable=wrong-import-position

KEY = "a-key-that-nobody-sees"
SORRY = "Sorry, an error happened and I could not answer. Please try again in a moment."
MANY = "So many people are asking me right now that I cannot answer you yet. Please try again in a moment."


def served_by(model, *options, **environment):
    """A server that is not started yet; its model is asked whatever fails."""
    return Server("--openai-failures", 10000, "--budget-questions", 0, *options,
                  environment={"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": model.base_url + "/", "OPENAI_MODEL": "a-model", **environment})


def begin(api, who, **query):
    return api.post("/api/chat/sessions/", token=who.token, query={"student_id": who.id, **query})


def chat(api, who, **query):
    made = begin(api, who, **query)
    assert made.status == 201, made
    return made.json()


def say(api, who, session, content="Why?", **more):
    return api.post(f"/api/chat/sessions/{session['id']}/messages", token=who.token, json={"content": content, **more})


def said(api, who, session, **query):
    answer = api.get(f"/api/chat/sessions/{session['id']}/messages", token=who.token, query=query)
    assert answer.status == 200, answer
    return answer.json()


def end(api, who, session):
    return api.put(f"/api/chat/sessions/{session['id']}/end", token=who.token)


def sessions(api, who, of=None, **query):
    return api.get(f"/api/chat/sessions/{(of or who).id}", token=who.token, query=query)


def in_background(do, *arguments):
    """The thread, and a list in which its result stands when it has ended."""
    results = []
    thread = threading.Thread(target=lambda: results.append(do(*arguments)))
    thread.start()
    return thread, results
