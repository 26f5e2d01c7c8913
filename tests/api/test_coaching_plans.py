"""What lists of coaching read where somebody has a great deal: as much as they show, by an index; and that whoever goes is found everywhere by one."""
import json
import re
from pathlib import Path

import pytest

from coaching import couple

STATEMENTS = Path(__file__).resolve().parents[2] / "store/sql/coaching"
MANY = 3000


@pytest.fixture(scope="module")
def crowded(start_module_server):
    """A couple that has many of everything, among other people who have more."""
    server = start_module_server()
    two, others = couple(server.api), couple(server.api)
    for one, many in ((others, 8 * MANY), (two, MANY)):
        ada, ben, rid = one.ada.id, one.ben.id, one.id
        server.database().script([
            f"with made as (insert into coaching.sessions (relationship_id, created_by_user_id) select '{rid}', '{ada}' from generate_series(1, {many}) "
            f"returning id) insert into coaching.session_participants (session_id, user_id) select id, '{ada}' from made;",
            "insert into coaching.notifications (user_id, seq, type, title, message, created_at) "
            f"select '{ada}', n, 'poke', 't', 'm', now() from generate_series(1, {many}) n;",
            "insert into coaching.poke_events (relationship_id, sender_id, receiver_id, type, created_at) "
            f"select '{rid}', '{ada}', '{ben}', 'love', now() - n * interval '1 s' from generate_series(1, {many}) n;",
            "insert into coaching.relationship_invites (relationship_id, inviter_user_id, invitee_email, token_hash, expires_at, created_at) "
            f"select '{rid}', '{ada}', n || '@{rid}.example', '{rid}' || n, now() + interval '1 day', now() - n * interval '1 hour' "
            f"from generate_series(1, {many}) n;"])
    server.database().text("analyze")
    return server.database(), two, server.database().text(f"select person_id from coaching.users where id = '{two.ada.id}'")


def scans(plan):
    """(table, how, rows) of all that is read in a plan."""
    if "Relation Name" in plan:
        yield plan["Relation Name"], plan["Node Type"], (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    for inner in plan.get("Plans", ()):
        yield from scans(inner)


def read_by(database, name, *values):
    """What a statement of the area reads."""
    text = (STATEMENTS / f"{name}.sql").read_text()
    types = re.findall(r"[\w.]+ (\w+)", re.search(r"-- takes: (.*)", text)[1])
    sql = re.sub(r":'\w+'", "'%s'", re.sub(r"(?m)^--.*\n", "", text))
    values = ", ".join("null" if value is None else f"'{value}'" for value in values)
    # a small table is read whole wherever that looks cheaper to the planner, which has seen a sample of it
    told = database.text(f"set enable_seqscan = off; prepare one ({', '.join(types)}) as {sql}; explain (analyze, format json) execute one ({values})").removeprefix("SET").strip().removeprefix("PREPARE")
    plan, = json.loads(told)
    return list(scans(plan["Plan"]))


LISTS = ("sessions", "session_participants", "notifications", "poke_events", "relationship_invites")


@pytest.mark.parametrize("name, most, values", [
    ("history", 20, lambda ada, rid: (ada, 20)), ("notifications", 50, lambda ada, rid: (ada, None, 50)),
    ("notifications_unread", 1000, lambda ada, rid: (ada,)), ("pokes", 100, lambda ada, rid: (ada, rid)), ("invites", 501, lambda ada, rid: (ada, rid)),
    ("validate_invite", 1, lambda ada, rid: (f"{rid}7",)),
])
def test_a_list_reads_what_it_shows(crowded, name, most, values):
    database, two, person = crowded
    found = [one for one in read_by(database, name, *values(person, two.id)) if one[0] in LISTS]
    assert found and all(how != "Seq Scan" and rows <= most for _, how, rows in found), found


def test_whoever_goes_is_found_by_indexes(server):
    """Each reference to accounts, relationships and sessions has one; measurements are kept by those only who want them, and written often."""
    without = server.database().rows("""
        select conrelid::regclass::text || '.' || attname as reference
        from pg_constraint c join pg_attribute a on a.attrelid = conrelid and a.attnum = conkey[1]
        where contype = 'f' and connamespace = 'coaching'::regnamespace
          and not exists (select from pg_index i where i.indrelid = conrelid and i.indkey[0] = conkey[1])""")
    assert [row["reference"] for row in without] == ["coaching.session_feature_frames.user_id"]
