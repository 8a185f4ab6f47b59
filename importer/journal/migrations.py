"""The scripts that make the stored format, one for each version; README.md of this room describes it."""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    # 1: the first stored format
    """
    CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE scope (
        id INTEGER PRIMARY KEY,
        system TEXT NOT NULL, record_type TEXT NOT NULL, source TEXT NOT NULL,
        basis TEXT NOT NULL,
        UNIQUE (system, record_type, source)
    );
    CREATE TABLE ledger (
        scope INTEGER NOT NULL REFERENCES scope (id),
        key BLOB NOT NULL,
        state TEXT NOT NULL,
        record_id TEXT,
        digest BLOB,
        first_run INTEGER NOT NULL, last_run INTEGER NOT NULL, row INTEGER NOT NULL,
        PRIMARY KEY (scope, key)
    ) WITHOUT ROWID;
    CREATE TABLE run (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        digest TEXT NOT NULL, sheet TEXT NOT NULL, header_row INTEGER NOT NULL,
        system TEXT NOT NULL, record_type TEXT NOT NULL, round INTEGER NOT NULL,
        scope INTEGER NOT NULL REFERENCES scope (id),
        path TEXT NOT NULL, size INTEGER NOT NULL, rows INTEGER NOT NULL,
        system_name TEXT NOT NULL, record_url TEXT, schema TEXT NOT NULL,
        results TEXT,
        started INTEGER NOT NULL, ended INTEGER,
        finished INTEGER NOT NULL DEFAULT 0, exit INTEGER,
        UNIQUE (digest, sheet, header_row, system, record_type, round)
    );
    CREATE TABLE leg (
        run INTEGER NOT NULL REFERENCES run (n), leg INTEGER NOT NULL,
        version TEXT NOT NULL, os_user TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
        arguments TEXT NOT NULL, mapping TEXT NOT NULL, schema TEXT NOT NULL, options TEXT NOT NULL,
        api_user TEXT NOT NULL, clock_offset REAL NOT NULL, path TEXT NOT NULL, reason TEXT NOT NULL,
        started INTEGER NOT NULL, ended INTEGER, exit INTEGER,
        calls INTEGER NOT NULL DEFAULT 0, first_call INTEGER, last_call INTEGER,
        PRIMARY KEY (run, leg)
    ) WITHOUT ROWID;
    CREATE TABLE send (
        n INTEGER PRIMARY KEY,
        run INTEGER NOT NULL, leg INTEGER NOT NULL,
        path TEXT NOT NULL, ticket TEXT, at INTEGER NOT NULL
    );
    CREATE TABLE row (
        run INTEGER NOT NULL, row INTEGER NOT NULL, part INTEGER NOT NULL,
        state TEXT NOT NULL, leg INTEGER NOT NULL, send INTEGER,
        key BLOB, digest BLOB, record_id TEXT, number TEXT,
        problems TEXT, attempts INTEGER NOT NULL DEFAULT 0, at INTEGER NOT NULL,
        PRIMARY KEY (run, row, part)
    ) WITHOUT ROWID;
    CREATE INDEX row_alive ON row (run, state) WHERE state IN ('sent', 'unknown', 'in_doubt');
    CREATE TABLE known (run INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
        PRIMARY KEY (run, first)) WITHOUT ROWID;
    CREATE TABLE verdict (
        run INTEGER NOT NULL, row INTEGER NOT NULL, os_user TEXT NOT NULL, host TEXT NOT NULL,
        at INTEGER NOT NULL, verdict TEXT NOT NULL, record_id TEXT
    );
    CREATE TABLE document (digest TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
    """,
    # 2: since when a record may exist that nobody has confirmed
    """
    ALTER TABLE row ADD COLUMN since INTEGER;
    UPDATE row SET since = (SELECT send.at FROM send WHERE send.n = row.send)
    WHERE state IN ('sent', 'unknown', 'in_doubt');
    """,
    # 3: lines of results files that came back as input, and which row of which run each of them is
    """
    CREATE TABLE line (
        run INTEGER NOT NULL, row INTEGER NOT NULL,
        of_run INTEGER NOT NULL, of_row INTEGER NOT NULL,
        PRIMARY KEY (run, row)
    ) WITHOUT ROWID;
    CREATE INDEX line_of ON line (of_run, of_row);
    """,
    # 4: how the requests of a leg fared, stretch by stretch, and what was planned
    """
    CREATE TABLE stretch (
        run INTEGER NOT NULL, leg INTEGER NOT NULL, at INTEGER NOT NULL, until INTEGER NOT NULL,
        calls INTEGER NOT NULL, lost INTEGER NOT NULL, repeats INTEGER NOT NULL,
        pauses INTEGER NOT NULL, paused INTEGER NOT NULL, away INTEGER NOT NULL,
        cleared INTEGER NOT NULL, at_once INTEGER NOT NULL, latencies TEXT NOT NULL,
        PRIMARY KEY (run, leg, at)
    ) WITHOUT ROWID;
    ALTER TABLE leg ADD COLUMN plan_rows INTEGER;
    ALTER TABLE leg ADD COLUMN plan_calls INTEGER;
    ALTER TABLE leg ADD COLUMN plan_seconds REAL;
    """,
    # 5: runs that undo another: what it created is deleted
    """
    ALTER TABLE run ADD COLUMN undoes INTEGER REFERENCES run (n);
    """,
)
