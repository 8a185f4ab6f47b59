"""All SQL of the journal, by name; the scripts that make its format stand in ``migrations``."""

from __future__ import annotations

from importer.journal.many import Many

# settings
GET_SETTING = "SELECT value FROM setting WHERE name = ?"
PUT_SETTING = "INSERT OR IGNORE INTO setting (name, value) VALUES (?, ?)"

# scopes and the ledger
FIND_SCOPE = "SELECT id, basis FROM scope WHERE system = ? AND record_type = ? AND source = ?"
ADD_SCOPE = "INSERT INTO scope (system, record_type, source, basis) VALUES (?, ?, ?, ?)"
GET_BASIS = "SELECT basis FROM scope WHERE id = ?"
SET_BASIS = "UPDATE scope SET basis = ? WHERE id = ?"
OTHER_SCOPES = "SELECT id, source, basis FROM scope WHERE system = ? AND record_type = ? AND id <> ?"
SCOPES_OF = "SELECT id, basis FROM scope WHERE system = ? AND source = ? ORDER BY id"
LEDGER_IS_EMPTY = "SELECT NOT EXISTS (SELECT 1 FROM ledger WHERE scope = ?)"
LEDGER_LINE = """
    SELECT l.state, l.record_id, l.digest, l.row, coalesce(r.id, '?'), l.last_run
    FROM ledger l LEFT JOIN run r ON r.n = l.last_run
    WHERE l.scope = ? AND l.key = ?"""
LEDGER_EQUALS = """
    SELECT l.key, l.state, l.record_id, l.digest, l.row, coalesce(r.id, '?'), l.last_run
    FROM ledger l LEFT JOIN run r ON r.n = l.last_run
    WHERE l.scope = ? AND l.key >= ? AND l.key < ? ORDER BY l.key"""
LEDGER_HAS = "SELECT 1 FROM ledger WHERE scope = ? AND key = ?"
LEDGER_INTEND = Many(
    """
    INSERT INTO ledger (scope, key, state, digest, first_run, last_run, row) VALUES {rows}
    ON CONFLICT (scope, key) DO UPDATE SET
        digest = excluded.digest, last_run = excluded.last_run, row = excluded.row
    WHERE record_id IS NULL AND state <> 'in_doubt'""",
    "(?1, @, 'sent', @, ?2, ?2, @)",
    shared=2,
)
LEDGER_RECORD_OF_ROW = Many(
    """
    INSERT INTO ledger (scope, key, state, record_id, digest, first_run, last_run, row)
    SELECT ?1, key, state, record_id, digest, run, run, row FROM row
    WHERE run = ?2 AND row IN ({rows}) AND part = 0 AND key IS NOT NULL
    ON CONFLICT (scope, key) DO UPDATE SET state = excluded.state, record_id = excluded.record_id,
        digest = excluded.digest, last_run = excluded.last_run, row = excluded.row""",
    "@",
    shared=2,
)
LEDGER_DOUBT_OF_ROW = """
    UPDATE ledger SET state = (SELECT state FROM row WHERE run = ?2 AND row = ?3 AND part = 0)
    WHERE scope = ?1 AND key = (SELECT key FROM row WHERE run = ?2 AND row = ?3 AND part = 0)
        AND last_run = ?2 AND row = ?3 AND record_id IS NULL"""
LEDGER_FREE_OF_ROW = """
    DELETE FROM ledger
    WHERE scope = ?1 AND key = (SELECT key FROM row WHERE run = ?2 AND row = ?3 AND part = 0)
        AND last_run = ?2 AND row = ?3 AND record_id IS NULL"""
LEDGER_RECORD = """
    INSERT INTO ledger (scope, key, state, record_id, digest, first_run, last_run, row)
    VALUES (:scope, :key, :state, :record_id, :digest, :run, :run, :row)
    ON CONFLICT (scope, key) DO UPDATE SET state = :state, record_id = :record_id,
        digest = :digest, last_run = :run, row = :row"""
LEDGER_DOUBT = """
    UPDATE ledger SET state = :state
    WHERE scope = :scope AND key = :key AND last_run = :run AND row = :row AND record_id IS NULL"""
LEDGER_FREE = """
    DELETE FROM ledger
    WHERE scope = :scope AND key = :key AND last_run = :run AND row = :row AND record_id IS NULL"""

# runs and legs
FIND_RUN = """
    SELECT n FROM run WHERE digest = ? AND sheet = ? AND header_row = ? AND system = ? AND record_type = ?
    ORDER BY round DESC LIMIT 1"""
ADD_RUN = """
    INSERT INTO run (id, digest, sheet, header_row, system, record_type, round, scope, path, size, rows,
        system_name, record_url, schema, started)
    VALUES (?, ?, ?, ?, ?, ?,
        1 + coalesce((SELECT max(round) FROM run WHERE digest = ? AND sheet = ? AND header_row = ?
            AND system = ? AND record_type = ?), 0),
        ?, ?, ?, ?, ?, ?, ?, ?)"""
RUN_COLUMNS = """n, id, digest, sheet, header_row, system, record_type, round, scope, path, size, rows,
    system_name, record_url, schema, results, started, ended, finished, exit, undoes"""
RUN_BY_N = f"SELECT {RUN_COLUMNS} FROM run WHERE n = ?"
RUN_BY_ID = f"SELECT {RUN_COLUMNS} FROM run WHERE id = ?"
RUNS = f"SELECT {RUN_COLUMNS} FROM run ORDER BY started DESC, n DESC"
END_RUN = "UPDATE run SET ended = ?, finished = ?, exit = ? WHERE n = ?"
OPEN_RUN = "UPDATE run SET ended = NULL, finished = 0, exit = NULL, schema = ?, path = ? WHERE n = ?"
SET_RESULTS = "UPDATE run SET results = ? WHERE n = ?"
SET_PATH = "UPDATE run SET path = ? WHERE n = ?"
ADD_LEG = """
    INSERT INTO leg (run, leg, version, os_user, host, pid, arguments, mapping, schema, options, api_user,
        clock_offset, path, reason, started, plan_rows, plan_calls, plan_seconds)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
LEG_COLUMNS = """leg, version, os_user, host, pid, arguments, mapping, schema, options, api_user,
    clock_offset, path, reason, started, ended, exit, calls, first_call, last_call,
    plan_rows, plan_calls, plan_seconds"""
LEGS = f"SELECT {LEG_COLUMNS} FROM leg WHERE run = ? ORDER BY leg"
END_LEG = (
    "UPDATE leg SET ended = ?, exit = ?, calls = ?, first_call = ?, last_call = ? WHERE run = ? AND leg = ?"
)
ADD_DOCUMENT = "INSERT OR IGNORE INTO document (digest, body) VALUES (?, ?)"
GET_DOCUMENT = "SELECT body FROM document WHERE digest = ?"
FIND_ANY_SCOPE = "SELECT id FROM scope WHERE system = ? AND record_type = ? AND source = ?"

# sends and rows
NEWEST_SEND = "SELECT coalesce(max(n), 0) FROM send"
ADD_SEND = "INSERT INTO send (run, leg, path, at) VALUES (?, ?, ?, ?)"
ADD_SENDS = Many("INSERT INTO send (n, run, leg, path, at) VALUES {rows}", "(@, ?1, ?2, @, ?3)", shared=3)
SET_TICKET = "UPDATE send SET ticket = ? WHERE n = ?"
INTEND_ROWS = Many(
    """
    INSERT INTO row (run, row, part, state, leg, send, key, digest, attempts, at, since) VALUES {rows}
    ON CONFLICT (run, row, part) DO UPDATE SET state = 'sent', leg = excluded.leg, send = excluded.send,
        key = excluded.key, digest = excluded.digest, attempts = attempts + 1, at = excluded.at,
        since = coalesce(since, excluded.since),
        problems = NULL
    WHERE state = 'pending'""",
    "(?1, @, 0, 'sent', ?2, @, @, @, 1, ?3, ?3)",
    shared=3,
)
NOT_OF_SEND = "SELECT row FROM row WHERE run = ? AND row = ? AND part = 0 AND send IS NOT ?"
IN_STATE = "SELECT row FROM row WHERE run = ? AND row = ? AND part = 0 AND state = ?"
SETTLE_ROWS = """
    UPDATE row SET state = ?1, number = done.number, problems = done.problems, at = ?2,
        record_id = CASE WHEN ?1 IN ('unknown', 'in_doubt') THEN coalesce(done.record_id, row.record_id)
            ELSE done.record_id END,
        since = CASE WHEN row.state = 'sent' AND since = at AND ?1 IN ('pending', 'rejected')
            THEN NULL ELSE since END
    FROM (SELECT column1 AS row, column2 AS record_id, column3 AS number, column4 AS problems
        FROM (VALUES {{rows}})) AS done
    WHERE run = ?3 AND row.row = done.row AND part = 0 AND state IN ({before})"""
SETTLE_ROW = """
    UPDATE row SET state = ?1, number = ?3, problems = ?4, at = ?5,
        record_id = CASE WHEN ?1 IN ('unknown', 'in_doubt') THEN coalesce(?2, record_id) ELSE ?2 END,
        since = CASE WHEN state = 'sent' AND since = at AND ?1 IN ('pending', 'rejected') THEN NULL
            ELSE since END
    WHERE run = ?6 AND row = ?7 AND part = ?8 AND state IN ({before})"""
NOT_AN_ATTEMPT = "UPDATE row SET attempts = attempts - 1 WHERE run = ? AND row = ? AND part = 0"
RECORD_ROW = """
    INSERT INTO row (run, row, part, state, leg, key, digest, record_id, problems, at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (run, row, part) DO UPDATE SET state = excluded.state, leg = excluded.leg, send = NULL,
        key = excluded.key, digest = excluded.digest, record_id = excluded.record_id,
        problems = excluded.problems, at = excluded.at
    WHERE state IN ('pending', 'invalid', 'skipped', 'blocked', 'in_doubt')
        AND (state <> 'in_doubt' OR send IS NULL)"""
ROW_COLUMNS = """row, state, leg, key, record_id, number, problems, attempts, at, since,
    state = 'in_doubt' AND send IS NULL, digest"""
ROW = f"SELECT {ROW_COLUMNS} FROM row WHERE run = ? AND row = ? AND part = 0"
ROWS_AFTER = f"SELECT {ROW_COLUMNS} FROM row WHERE run = ? AND row > ? AND part = 0 ORDER BY row LIMIT ?"
ROW_KEY = "SELECT key, digest, state, send FROM row WHERE run = ? AND row = ? AND part = ?"
ROWS_OF_RECORDS = """
    SELECT row, record_id FROM row
    WHERE run = ? AND part = 0 AND record_id IN (SELECT value FROM json_each(?))"""
COUNTS = "SELECT state, count(*) FROM row WHERE run = ? AND part = 0 GROUP BY state"
WAITING = "SELECT count(*) FROM row WHERE run = ? AND part = 0 AND state = 'in_doubt' AND send IS NULL"
CODES = """
    SELECT value ->> 0, count(*) FROM row, json_each(row.problems)
    WHERE run = ? AND part = 0 AND problems IS NOT NULL
        AND state IN ('invalid', 'rejected', 'blocked', 'in_doubt', 'kept')
    GROUP BY 1 ORDER BY 2 DESC, 1"""
_NUMBERLESS = """
    FROM row
    WHERE run = ? AND part = 0 AND number IS NULL AND record_id IS NOT NULL
        AND state IN ('created', 'updated', 'exists')"""
WITHOUT_NUMBER = f"SELECT row, record_id {_NUMBERLESS} AND row > ? ORDER BY row LIMIT ?"
COUNT_WITHOUT_NUMBER = f"SELECT COUNT(*) {_NUMBERLESS}"
SET_NUMBERS = Many(
    """
    UPDATE row SET number = found.number
    FROM (SELECT column1 AS row, column2 AS number FROM (VALUES {rows})) AS found
    WHERE run = ?1 AND row.row = found.row AND part = 0""",
    "(@, @)",
    shared=1,
)
REOPEN = (
    "UPDATE row SET state = 'pending', problems = NULL WHERE run = ? AND part = 0 AND state IN ({states})"
)
REMAP = """
    UPDATE row SET state = 'pending', problems = NULL
    WHERE run = :run AND part = 0 AND (
        (state IN ('invalid', 'skipped')
            AND leg IN (SELECT leg FROM leg WHERE run = :run AND mapping <> :mapping))
        OR state = 'blocked'
        OR (state = 'in_doubt' AND send IS NULL))"""
LEFT_SENT = """
    SELECT run.n, run.scope, row.row, row.part, row.key, run.id, run.system_name, run.sheet
    FROM run JOIN row ON row.run = run.n
    WHERE run.system = ? AND row.state = 'sent'"""
OWN_DOUBTS = """
    SELECT row.row, iif(send.path LIKE 'bulk%', row.at, send.at), coalesce(row.since, send.at),
        send.at, send.ticket IS NOT NULL, row.record_id
    FROM row JOIN send ON send.n = row.send
    WHERE row.run = ? AND row.part = 0 AND row.state IN ('unknown', 'in_doubt')
    ORDER BY row.row"""
SENT = """
    SELECT row.row, iif(send.path LIKE 'bulk%', row.at, send.at), coalesce(row.since, send.at),
        send.at, send.ticket IS NOT NULL, row.record_id
    FROM row JOIN send ON send.n = row.send
    WHERE row.run = ? AND row.row = ? AND row.part = 0"""
NAMED_DOUBTS = """
    SELECT count(*) FROM row
    WHERE run = ? AND part = 0 AND state IN ('unknown', 'in_doubt') AND record_id IS NOT NULL"""
NAMED_ANYWHERE = """
    SELECT EXISTS (
        SELECT 1 FROM run JOIN row ON row.run = run.n
        WHERE run.system = ? AND row.state IN ('unknown', 'in_doubt') AND row.record_id IS NOT NULL)"""
OPEN_JOBS = """
    SELECT n, path, ticket FROM send WHERE run = ?1 AND ticket IS NOT NULL AND EXISTS (
        SELECT 1 FROM row WHERE row.run = ?1 AND row.send = send.n
            AND row.state IN ('sent', 'unknown', 'in_doubt'))
    ORDER BY n"""
ROWS_OF_SEND = """
    SELECT row FROM row
    WHERE run = ? AND send = ? AND part = 0 AND state IN ('sent', 'unknown', 'in_doubt')"""
END_JOB = "UPDATE send SET ticket = NULL WHERE n = ?"
DROP_KEYS = """
    DELETE FROM ledger WHERE scope = ?1 AND last_run = ?2 AND record_id IS NULL AND key IN (
        SELECT key FROM row WHERE run = ?2 AND send = ?3 AND state IN ('sent', 'unknown', 'in_doubt'))"""
DROP_ROWS = """
    UPDATE row SET state = 'pending', problems = NULL, attempts = attempts - 1,
        since = iif(since >= (SELECT at FROM send WHERE n = ?2), NULL, since)
    WHERE run = ?1 AND send = ?2 AND state IN ('sent', 'unknown', 'in_doubt')"""
CREATED_BETWEEN = """
    SELECT row.record_id FROM run JOIN row ON row.run = run.n JOIN send ON send.n = row.send
    WHERE run.system = ? AND run.record_type = ? AND (run.ended IS NULL OR run.ended >= ?)
        AND row.state = 'created' AND send.at >= ? AND row.at <= ?"""
OURS_SINCE = """
    SELECT row.record_id FROM run JOIN row ON row.run = run.n
    WHERE run.system = ? AND run.record_type = ? AND (run.ended IS NULL OR run.ended >= ?)
        AND row.record_id IS NOT NULL AND row.at >= ?"""
LEFT_UNKNOWN = """
    SELECT run.n, run.scope, row.row, row.part, row.key, row.problems
    FROM run JOIN row ON row.run = run.n
    WHERE run.system = ? AND row.state = 'unknown'"""
ADD_KNOWN = """
    INSERT INTO known (run, first, last) VALUES (?, ?, ?)
    ON CONFLICT (run, first) DO UPDATE SET last = max(last, excluded.last)"""
KNOWN = "SELECT first, last FROM known WHERE run = ? ORDER BY first"
UNFINISH = "UPDATE run SET finished = 0 WHERE n = ?"
ADD_VERDICT = (
    "INSERT INTO verdict (run, row, os_user, host, at, verdict, record_id) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
VERDICTS = "SELECT row, os_user, host, at, verdict, record_id FROM verdict WHERE run = ? ORDER BY at"

# lines of results files that came back
ADD_LINE = "INSERT OR IGNORE INTO line (run, row, of_run, of_row) VALUES (?, ?, ?, ?)"
LINE = "SELECT of_run, of_row FROM line WHERE run = ? AND row = ?"
LINES_OF = "SELECT run, row FROM line WHERE of_run = ? AND of_row = ? ORDER BY run, row"
HAS_LINES = "SELECT EXISTS (SELECT 1 FROM line WHERE run = ?1 OR of_run = ?1)"
IN_KNOWN = "SELECT 1 FROM known WHERE run = ? AND first <= ? AND last >= ?"

# retention
PRUNED = "The text was pruned; the code says what it was."
_ALIVE = "('sent', 'unknown', 'in_doubt')"
_GONE = """'{"pruned": true}'"""
_HAS_DOUBTS = f"EXISTS (SELECT 1 FROM row WHERE row.run = r.n AND row.state IN {_ALIVE})"
_OLD = f"""
    finished = 1 AND ended < :before AND ended < (
        SELECT coalesce(min(r.started), :before) FROM run r WHERE r.system = run.system AND {_HAS_DOUBTS})"""
OLD_RUNS = f"""
    SELECT n, system, system_name FROM run
    WHERE {_OLD} AND (EXISTS (SELECT 1 FROM leg WHERE leg.run = run.n AND leg.options <> {_GONE})
        OR EXISTS (SELECT 1 FROM stretch WHERE stretch.run = run.n))"""
OLD_BUT_NEEDED = f"SELECT count(*) FROM run WHERE coalesce(ended, started) < :before AND NOT ({_OLD})"
DROP_SENDS = "DELETE FROM send WHERE run = ? AND n < (SELECT max(n) FROM send)"
FORGET_SENDS = "UPDATE row SET send = NULL WHERE run = ?"
SYSTEMS = "SELECT system, min(system_name) FROM run GROUP BY system"
DROP_STRETCHES = "DELETE FROM stretch WHERE run = ?"
DROP_TEXTS = """
    UPDATE row SET problems = (
        SELECT json_group_array(json_array(value ->> 0, ?2, value ->> 2, NULL, NULL))
        FROM json_each(problems))
    WHERE run = ?1 AND problems IS NOT NULL AND problems ->> '$[0][1]' <> ?2"""
PRUNE_LEGS = f"UPDATE leg SET options = {_GONE}, arguments = '[]' WHERE run = ? AND options <> {_GONE}"
DOCUMENTS_OF = "SELECT mapping, schema FROM leg WHERE run = ?"
DROP_DOCUMENT = f"""
    DELETE FROM document WHERE digest = ?1
        AND NOT EXISTS (SELECT 1 FROM leg WHERE options <> {_GONE} AND (mapping = ?1 OR schema = ?1))"""
SCOPE_FACTS = f"""
    SELECT s.id, s.system, s.record_type, s.source, s.basis,
        count(*) FILTER (WHERE l.state NOT IN {_ALIVE}),
        count(*) FILTER (WHERE l.state IN {_ALIVE})
    FROM scope s LEFT JOIN ledger l ON l.scope = s.id
    GROUP BY s.id ORDER BY s.system, s.source, s.record_type"""
KNOWN_KEYS = f"SELECT key FROM ledger WHERE scope = ? AND state NOT IN {_ALIVE}"
FORGET_KEY = "DELETE FROM ledger WHERE scope = ? AND key = ?"
FORGET_ROW_KEY = """
    UPDATE row SET key = NULL WHERE key = ?1 AND run IN (SELECT n FROM run WHERE scope = ?2)"""
FORGET_ALL_ROW_KEYS = f"""
    UPDATE row SET key = NULL
    WHERE state NOT IN {_ALIVE} AND run IN (SELECT n FROM run WHERE scope = ?)"""
# how a run went, in numbers: what a report is made of
ADD_STRETCH = """
    INSERT OR REPLACE INTO stretch (run, leg, at, until, calls, lost, repeats, pauses, paused, away, cleared,
        at_once, latencies)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
STRETCHES = """
    SELECT leg, at, until, calls, lost, repeats, pauses, paused, away, cleared, at_once, latencies
    FROM stretch WHERE run = ? ORDER BY leg, at"""
LAST_OF_LEG = "SELECT leg, max(at) FROM row WHERE run = ? AND part = 0 GROUP BY 1"
PROGRESS = """
    SELECT iif(state IN ('deleted', 'gone'), coalesce(since, at), at) / :width * :width, state, count(*)
    FROM row
    WHERE run = :run AND part = 0 AND state NOT IN ('pending', 'sent', 'unknown')
    GROUP BY 1, 2 ORDER BY 1, 2"""
ATTEMPTS = """
    SELECT attempts, count(*) FROM row WHERE run = ? AND part = 0 AND attempts > 0 GROUP BY 1 ORDER BY 1"""
CAUSES = """
    WITH found AS (
        SELECT DISTINCT state, row.row AS row, value ->> 0 AS problem, coalesce(value ->> 2, '') AS col
        FROM row, json_each(row.problems)
        WHERE run = :run AND part = 0 AND problems IS NOT NULL
            AND state IN ('invalid', 'rejected', 'blocked', 'kept'))
    SELECT state, problem, col, count(*), json_group_array(row) FILTER (WHERE nth <= :examples)
    FROM (SELECT *, row_number() OVER (PARTITION BY state, problem, col ORDER BY row) AS nth FROM found)
    GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT :most"""
NUMBER_OF_CAUSES = """
    SELECT count(*) FROM (
        SELECT DISTINCT state, value ->> 0, value ->> 2 FROM row, json_each(row.problems)
        WHERE run = ? AND part = 0 AND problems IS NOT NULL
            AND state IN ('invalid', 'rejected', 'blocked', 'kept'))"""
DOUBTFUL = """
    SELECT row FROM row
    WHERE run = ? AND part = 0 AND state IN ('sent', 'unknown', 'in_doubt') ORDER BY row LIMIT ?"""
# undoing
ADD_UNDO = """
    INSERT INTO run (id, digest, sheet, header_row, system, record_type, round, scope, path, size, rows,
        system_name, record_url, schema, started, undoes)
    SELECT ?1, 'undo ' || id, sheet, header_row, system, record_type,
        1 + (SELECT count(*) FROM run WHERE undoes = ?2), scope, path, size, 0,
        system_name, record_url, schema, ?3, n
    FROM run WHERE n = ?2"""
OPEN_UNDO = "SELECT n FROM run WHERE undoes = ? AND finished = 0 ORDER BY n DESC LIMIT 1"
UNDO_ROWS = """
    UPDATE run SET rows = (
            SELECT count(*) FROM row WHERE run = ?1 AND part = 0 AND state = 'created')
        + (SELECT count(*) FROM row WHERE run = ?2 AND part = 0 AND state IN ('deleted', 'gone'))
    WHERE n = ?2"""
TO_UNDO = """
    SELECT made.row, made.record_id, coalesce(made.since, send.at, made.at), undo.state, undo.since
    FROM row made
    LEFT JOIN send ON send.n = made.send
    LEFT JOIN row undo ON undo.run = ?2 AND undo.row = made.row AND undo.part = 0
    WHERE made.run = ?1 AND made.part = 0 AND made.state = 'created' AND made.row < ?3
        AND (undo.state IS NULL OR undo.state <> 'kept')
    ORDER BY made.row DESC LIMIT ?4"""
RIVALS = """
    WITH seen AS MATERIALIZED (
        SELECT row.record_id, run.n, run.id, row.row, row.state
        FROM run JOIN row ON row.run = run.n
        WHERE run.system = ?2 AND run.undoes IS NULL AND row.part = 0 AND row.record_id IS NOT NULL
            AND (row.state = 'updated' OR (run.n <= ?1 AND row.state IN ('created', 'exists'))))
    SELECT record_id, n, id, row, state FROM seen
    WHERE record_id IN (SELECT record_id FROM seen GROUP BY record_id HAVING count(*) > 1)
    ORDER BY record_id, n, row"""
VOUCHED = "SELECT row FROM verdict WHERE run = ? AND record_id IS NOT NULL"
UNDONE_UNDO = """
    INSERT INTO row (run, row, part, state, leg, record_id, problems, at)
    VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (run, row, part) DO UPDATE SET state = excluded.state, record_id = excluded.record_id,
        problems = excluded.problems, at = excluded.at
    WHERE state IN ({before})"""
MADE_ROW = """
    SELECT key FROM row WHERE run = ? AND row = ? AND part = 0 AND state = 'created' AND record_id = ?"""
UNDONE_ROW = "UPDATE row SET state = ?, problems = ?, at = ? WHERE run = ? AND row = ? AND part = 0"
LEDGER_UNDO = """
    DELETE FROM ledger WHERE scope = ? AND key = ? AND record_id = ? RETURNING first_run"""
MADE_BEFORE = """
    SELECT row.run, row.row, row.state, row.record_id, row.digest FROM row JOIN run ON run.n = row.run
    WHERE row.run >= ?1 AND row.run < ?2 AND run.scope = ?3 AND row.part = 0 AND row.key = ?4
        AND row.state IN ('created', 'updated', 'exists') AND row.record_id IS NOT NULL
    ORDER BY row.run DESC LIMIT 1"""
LEDGER_RESTORE = """
    INSERT INTO ledger (scope, key, state, record_id, digest, first_run, last_run, row)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
FREED_SINCE = """
    SELECT EXISTS (SELECT 1 FROM run undo WHERE undo.scope = ?2 AND undo.undoes IS NOT NULL AND undo.n > ?1
        AND EXISTS (SELECT 1 FROM row WHERE row.run = undo.n AND row.state IN ('deleted', 'gone')))"""
UNDONE_BY = "SELECT id FROM run WHERE undoes = ? ORDER BY n"
