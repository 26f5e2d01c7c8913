"""The tables of practice as other programs find them (practice contract, section 10): columns, what is unique, indexes, what goes with whom."""
import pytest

ACCOUNT = "id int4, user_id uuid!, email varchar(255)!, name varchar(255)!, password_hash varchar(255)!, {level}, bio text, " \
          "avatar_url varchar(255), is_active bool!=true, created_at timestamp!, updated_at timestamp!"
COLUMNS = {
    "students": ACCOUNT.format(level="grade_level varchar(50)"),
    "teachers": ACCOUNT.format(level="department varchar(100)"),
    "exercises": "id int4, title varchar(255)!, description text!, difficulty_level varchar(50)!, topic varchar(100)!, starter_code text, "
                 "expected_output text, test_cases json, hints json, solution_code text, created_at timestamp!, updated_at timestamp!",
    "exercise_submissions": "id int4, student_id int4!, exercise_id int4!, code text!, language varchar(50)!=python, "
                            "status varchar(50)!=submitted, score int4, feedback text, created_at timestamp!, updated_at timestamp!, "
                            "completed_at timestamp",
    "code_execution_results": "id int4, submission_id int4!, execution_result json!, passed bool!=false, duration_ms int4, created_at timestamp!",
    "progress": "id int4, student_id int4!, exercise_id int4!, status varchar(50)!, attempts int4!=0, best_score int4, completed_at timestamp, "
                "created_at timestamp!, updated_at timestamp!",
    "chat_sessions": "id int4, student_id int4!, session_id uuid!, topic varchar(100), agent_type varchar(50)!=general, is_active bool!=true, "
                     "created_at timestamp!, updated_at timestamp!, ended_at timestamp",
    "chat_messages": "id int4, session_id int4!, role varchar(50)!, content text!, metadata json!, created_at timestamp!",
    "system_events": "id int8, event_type varchar(100)!, component varchar(100)!, severity varchar(50)!=info, details json, created_at timestamp!",
}
INDEXES = {  # by the columns with which one must begin
    "exercises": ["topic", "difficulty_level"], "exercise_submissions": ["student_id", "exercise_id"],
    "progress": ["student_id", "exercise_id"], "chat_sessions": ["student_id, created_at"], "chat_messages": ["session_id, created_at"],
    "system_events": ["event_type", "created_at"], "sessions": ["role, account_id"],
}
UNIQUE = {"students": ["user_id", "lower(email)"], "teachers": ["user_id", "lower(email)"], "sessions": ["token_hash"],
          "progress": ["student_id, exercise_id"], "chat_sessions": ["session_id"]}
GOES_WITH = {("exercise_submissions", "students"), ("exercise_submissions", "exercises"), ("code_execution_results", "exercise_submissions"),
             ("progress", "students"), ("progress", "exercises"), ("chat_sessions", "students"), ("chat_messages", "chat_sessions")}


def read(column):
    """"name type(length)!=default", where ! is "never null"."""
    words, _, default = column.partition("=")
    name, kind = words.rstrip("!").split(" ")
    return name, kind, words.endswith("!") or name == "id", default or None


@pytest.mark.parametrize("table", COLUMNS)
def test_columns_are_those_of_the_contract(server, table):
    found = server.database().rows(
        "select column_name as name, udt_name || coalesce('(' || character_maximum_length || ')', '') as kind, is_nullable = 'NO' as needed, "
        f"column_default as by_default, is_identity as own from information_schema.columns where table_schema = 'practice' and table_name = '{table}'")
    found = {row["name"]: row for row in found}
    assert found["id"]["own"] == "YES"
    for name, kind, needed, default in map(read, COLUMNS[table].split(", ")):
        row = found[name]
        assert (row["kind"], row["needed"]) == (kind, needed), name
        assert default is None or row["by_default"].split("::")[0].strip("'") == default, name


def begins_with(server, table, unique):
    return [row["columns"] for row in server.database().rows(
        "select (select string_agg(pg_get_indexdef(i.indexrelid, n, true), ', ' order by n) from generate_series(1, i.indnkeyatts) n) as columns "
        f"from pg_index i where i.indrelid = 'practice.{table}'::regclass and i.indpred is null and (i.indisunique or not {unique})")]


@pytest.mark.parametrize("table", INDEXES)
def test_what_is_looked_for_has_an_index(server, table):
    found = begins_with(server, table, "false")
    for wanted in INDEXES[table]:
        assert any((columns + ", ").startswith(wanted + ", ") for columns in found), (wanted, found)


@pytest.mark.parametrize("table", UNIQUE)
def test_what_is_there_once_is_unique(server, table):
    found = [columns.replace("::text", "").replace("((", "(").replace("))", ")") for columns in begins_with(server, table, "true")]
    assert set(UNIQUE[table]) <= set(found)


def test_what_hangs_on_something_goes_with_it(server):
    found = server.database().rows("select conrelid::regclass::text as what, confrelid::regclass::text as whom from pg_constraint "
                                   "where contype = 'f' and confdeltype = 'c' and connamespace = 'practice'::regnamespace")
    assert GOES_WITH <= {tuple(name.removeprefix("practice.") for name in (row["what"], row["whom"])) for row in found}
