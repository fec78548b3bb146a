-- One row of a table is one fact of the domain; `body` and the like hold the domain object as canonical JSON.
-- Times are epoch milliseconds. Upgrades are stored by number: 42 is U-42.

CREATE TABLE counters (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT;
INSERT INTO counters VALUES ('upgrade', 0);

CREATE TABLE upgrades (
  number  INTEGER PRIMARY KEY CHECK (number > 0),
  version INTEGER NOT NULL CHECK (version > 0),
  target  TEXT NOT NULL,
  live    INTEGER NOT NULL CHECK (live IN (0, 1)),
  body    TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
-- At most one live upgrade for each target, and for each host.
CREATE UNIQUE INDEX upgrades_live_target ON upgrades (target) WHERE live = 1;
CREATE TABLE live_hosts (
  host_key TEXT PRIMARY KEY,
  upgrade  INTEGER NOT NULL REFERENCES upgrades (number)
) STRICT;
CREATE INDEX live_hosts_upgrade ON live_hosts (upgrade);

-- WITHOUT ROWID: a hidden key would be another way for INSERT OR REPLACE to delete a row past the triggers.
CREATE TABLE plans (
  upgrade  INTEGER NOT NULL REFERENCES upgrades (number),
  revision INTEGER NOT NULL CHECK (revision > 0),
  digest   TEXT NOT NULL,
  body     TEXT NOT NULL CHECK (json_valid(body)),
  PRIMARY KEY (upgrade, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE decisions (
  upgrade INTEGER NOT NULL REFERENCES upgrades (number),
  seq     INTEGER NOT NULL,
  body    TEXT NOT NULL CHECK (json_valid(body)),
  PRIMARY KEY (upgrade, seq)
) STRICT, WITHOUT ROWID;

-- The journal of a run.
CREATE TABLE run_events (
  upgrade INTEGER NOT NULL REFERENCES upgrades (number),
  seq     INTEGER NOT NULL,
  body    TEXT NOT NULL CHECK (json_valid(body)),
  PRIMARY KEY (upgrade, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE leases (
  upgrade    INTEGER PRIMARY KEY REFERENCES upgrades (number),
  owner      TEXT NOT NULL,
  epoch      INTEGER NOT NULL CHECK (epoch > 0),
  expires_at INTEGER NOT NULL
) STRICT;

-- Slack deliveries that have had their effect.
CREATE TABLE deliveries (
  id      TEXT PRIMARY KEY,
  upgrade INTEGER NOT NULL REFERENCES upgrades (number),
  at      INTEGER NOT NULL
) STRICT;

-- `bytes` is how much the step has printed so far; `left_out` of them, right after the kept head, are not stored any more.
CREATE TABLE output_streams (
  attempt  TEXT NOT NULL,
  stream   TEXT NOT NULL CHECK (stream IN ('out', 'err')),
  upgrade  INTEGER NOT NULL REFERENCES upgrades (number),
  bytes    INTEGER NOT NULL,
  left_out INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (attempt, stream)
) STRICT;
CREATE TABLE output_pieces (
  attempt TEXT NOT NULL,
  stream  TEXT NOT NULL,
  start   INTEGER NOT NULL,
  bytes   BLOB NOT NULL,
  PRIMARY KEY (attempt, stream, start),
  FOREIGN KEY (attempt, stream) REFERENCES output_streams (attempt, stream)
) STRICT;

-- No UNIQUE but the key: INSERT OR REPLACE deletes the row that a unique column clashes with, past the triggers.
CREATE TABLE audit (
  seq     INTEGER PRIMARY KEY,
  at      INTEGER NOT NULL,
  upgrade TEXT,
  actor   TEXT NOT NULL,
  kind    TEXT NOT NULL,
  data    TEXT NOT NULL CHECK (json_valid(data)),
  prev    TEXT NOT NULL CHECK (length(prev) = 64),
  hash    TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;
CREATE INDEX audit_upgrade ON audit (upgrade, seq);

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only: no UPDATE'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only: no DELETE'); END;
CREATE TRIGGER audit_continues BEFORE INSERT ON audit
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit)
  OR NEW.prev IS NOT coalesce((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), printf('%064d', 0))
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only: the event does not continue the chain'); END;

CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions
BEGIN SELECT RAISE(ABORT, 'decisions are append-only: no UPDATE'); END;
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions
BEGIN SELECT RAISE(ABORT, 'decisions are append-only: no DELETE'); END;
CREATE TRIGGER decisions_append BEFORE INSERT ON decisions
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM decisions WHERE upgrade = NEW.upgrade)
BEGIN SELECT RAISE(ABORT, 'decisions are append-only: not the next one'); END;

CREATE TRIGGER run_events_no_update BEFORE UPDATE ON run_events
BEGIN SELECT RAISE(ABORT, 'the journal is append-only: no UPDATE'); END;
CREATE TRIGGER run_events_no_delete BEFORE DELETE ON run_events
BEGIN SELECT RAISE(ABORT, 'the journal is append-only: no DELETE'); END;
CREATE TRIGGER run_events_append BEFORE INSERT ON run_events
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM run_events WHERE upgrade = NEW.upgrade)
BEGIN SELECT RAISE(ABORT, 'the journal is append-only: not the next event'); END;

-- What was approved stays what it was.
CREATE TRIGGER plans_no_update BEFORE UPDATE ON plans
BEGIN SELECT RAISE(ABORT, 'a plan never changes: no UPDATE'); END;
CREATE TRIGGER plans_no_delete BEFORE DELETE ON plans
BEGIN SELECT RAISE(ABORT, 'a plan never changes: no DELETE'); END;
CREATE TRIGGER plans_append BEFORE INSERT ON plans
WHEN NEW.revision IS NOT (SELECT coalesce(max(revision), 0) + 1 FROM plans WHERE upgrade = NEW.upgrade)
BEGIN SELECT RAISE(ABORT, 'plans are append-only: not the next revision'); END;

-- `ts` of each slot's message in Slack.
CREATE TABLE slots (
  upgrade INTEGER NOT NULL REFERENCES upgrades (number),
  slot    TEXT NOT NULL,
  ts      TEXT NOT NULL,
  PRIMARY KEY (upgrade, slot)
) STRICT;

-- `turn` is the order within a thread. `opened_by` names the opened store that is sending the row: a row that another
-- one was sending when it ended may or may not have reached Slack, and is read as unknown.
CREATE TABLE outbox (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  upgrade    INTEGER NOT NULL REFERENCES upgrades (number),
  slot       TEXT NOT NULL,
  body       TEXT NOT NULL CHECK (json_valid(body)),
  replaces   INTEGER NOT NULL CHECK (replaces IN (0, 1)),
  state      TEXT NOT NULL CHECK (state IN ('waiting', 'unknown', 'sending', 'sent', 'dropped')),
  turn       INTEGER NOT NULL,
  tries      INTEGER NOT NULL DEFAULT 0,
  not_before INTEGER NOT NULL DEFAULT 0,
  why        TEXT,
  opened_by  TEXT,
  put_at     INTEGER NOT NULL,
  tried_at   INTEGER
) STRICT;
CREATE INDEX outbox_unfinished ON outbox (upgrade, turn) WHERE state IN ('waiting', 'unknown', 'sending');
CREATE INDEX outbox_slot ON outbox (upgrade, slot);
