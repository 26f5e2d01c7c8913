"""Connections of a test as the operator's commands show them."""
from datetime import datetime, timedelta, timezone

from client import wait_until


class Name(str):
    """A peer as the server sees it. Its port may have been that of an earlier connection, which has ended before `since`."""
    since = None


def name_of(sock):
    name = Name("%s:%d" % sock.getsockname()[:2])
    name.since = (datetime.now(timezone.utc) - timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%S")
    return name


def row_of(operator, sock, *words):
    rows = [row for row in operator("conns", *words) if row["peer"] == name_of(sock)]
    return rows[0] if rows else None


def end_of(operator, name):
    """The record of a closed connection; waits for it. `name`: see name_of, taken while it was open."""
    def find():
        return [row for row in operator("closed") if row["peer"] == name and row["closed_at"] >= name.since]
    return wait_until(find, what=f"the end of {name}")[0]


def counts(operator):
    return {row["reason"]: row["connections"] for row in operator("closed", "reasons")}


def gone(sock):
    """True once the server has closed it, however."""
    sock.settimeout(15)
    try:
        while sock.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True
