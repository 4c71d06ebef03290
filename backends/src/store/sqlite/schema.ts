/**
 * The tables of the SQLite store. What shaped them: SQLite's cost is pages touched. Bodies are appended in blocks, in
 * order of arrival; everything that is looked up is a narrow row beside other rows that are written at the same time.
 *
 * Claims, one table a day, are made and dropped by claims.ts.
 */
export const migrations: readonly string[] = [
  `
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- chunks that came out of order; those up to collectors.low are all there
CREATE TABLE collectors (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, low INTEGER NOT NULL DEFAULT 0);
CREATE TABLE chunks (collector INTEGER, seq INTEGER, at INTEGER NOT NULL, PRIMARY KEY (collector, seq)) WITHOUT ROWID;

-- body: zstd of JSON lines, one event each
CREATE TABLE blocks (id INTEGER PRIMARY KEY, events INTEGER NOT NULL, body BLOB NOT NULL);

-- a visitor or a user; state: VisitorState or Part, JSON; root: the user entity an alias leads to
CREATE TABLE entities (
  id INTEGER PRIMARY KEY,
  key BLOB NOT NULL UNIQUE,
  project TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  edges INTEGER NOT NULL DEFAULT 0,
  runs INTEGER NOT NULL DEFAULT 0,
  owner INTEGER,
  root INTEGER,
  state TEXT
);
CREATE INDEX entities_by_root ON entities (root) WHERE root IS NOT NULL;

-- an event's place in the timeline of its visitor, or of its user where it has no visitor
CREATE TABLE timeline (
  entity INTEGER, time INTEGER, block INTEGER, place INTEGER,
  PRIMARY KEY (entity, time, block, place)
) WITHOUT ROWID;

CREATE TABLE sessions (
  entity INTEGER, start INTEGER, first TEXT, finish INTEGER NOT NULL, project TEXT NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (entity, start, first)
) WITHOUT ROWID;
CREATE INDEX sessions_by_start ON sessions (project, start);

-- which visitors have events of a user
CREATE TABLE owners (user INTEGER, visitor INTEGER, PRIMARY KEY (user, visitor)) WITHOUT ROWID;
CREATE INDEX owners_by_visitor ON owners (visitor, user);

CREATE TABLE edges (
  project TEXT, source TEXT, user TEXT, kind TEXT, time INTEGER, message TEXT,
  PRIMARY KEY (project, source, user, kind, time, message)
) WITHOUT ROWID;
CREATE INDEX edges_by_user ON edges (project, user);

-- entity: the root user, or a visitor that belongs to nobody
CREATE TABLE profiles (
  entity INTEGER PRIMARY KEY, project TEXT NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
  email TEXT, traits TEXT
);
CREATE INDEX profiles_by_last_seen ON profiles (project, last_seen);
CREATE INDEX profiles_by_email ON profiles (project, email) WHERE email IS NOT NULL;

CREATE TABLE ledger (
  project TEXT, minute INTEGER, received INTEGER NOT NULL, stored INTEGER NOT NULL, duplicate INTEGER NOT NULL,
  rejected INTEGER NOT NULL, PRIMARY KEY (project, minute)
) WITHOUT ROWID;
CREATE INDEX ledger_by_minute ON ledger (minute);

CREATE TABLE rejected (
  id TEXT PRIMARY KEY, project TEXT NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL, received_at INTEGER NOT NULL,
  body TEXT NOT NULL, replayed_at INTEGER
);
CREATE INDEX rejected_by_time ON rejected (received_at, id);

-- figures of an hour, for all ('' ) or one value of a dimension; people: see hll.ts
CREATE TABLE rollups (
  project TEXT, bot INTEGER, hour INTEGER, dimension TEXT, value TEXT,
  events INTEGER NOT NULL, pages INTEGER NOT NULL, sessions INTEGER NOT NULL, bounces INTEGER NOT NULL,
  duration INTEGER NOT NULL, people BLOB,
  PRIMARY KEY (project, bot, dimension, hour, value)
) WITHOUT ROWID;
`,
  `
-- names the data, so that another store can say whose copy it is
INSERT INTO meta (name, value) VALUES ('id', lower(hex(randomblob(16))));
`,
  `
-- when a block is to be looked at for events past their time; without a row: never, or not known yet
CREATE TABLE dues (block INTEGER PRIMARY KEY, due INTEGER NOT NULL);
CREATE INDEX dues_by_time ON dues (due);
CREATE INDEX rejected_by_project ON rejected (project, received_at);
`,
  `
-- what reports look at of each event, column by column: see segments.ts
CREATE TABLE segments (
  id INTEGER PRIMARY KEY, project TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  least INTEGER NOT NULL, most INTEGER NOT NULL, stale INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX segments_by_time ON segments (project, most);
CREATE INDEX segments_by_blocks ON segments (last, first);
CREATE INDEX segments_stale ON segments (project) WHERE stale = 1;
CREATE TABLE segment_columns (segment INTEGER, name TEXT, body BLOB NOT NULL, PRIMARY KEY (segment, name));
`,
  `
-- how often a project was stitched or let go of: see marks.ts
CREATE TABLE marks (project TEXT PRIMARY KEY, moves INTEGER NOT NULL) WITHOUT ROWID;
`,
  `
-- which entities came into other hands, in order: readers that keep what they know of entities look here, see ownership.ts
CREATE TABLE moves (seq INTEGER PRIMARY KEY AUTOINCREMENT, entity INTEGER NOT NULL);
CREATE TRIGGER entities_moved AFTER UPDATE OF runs, owner, root ON entities
WHEN new.owner IS NOT old.owner OR new.root IS NOT old.root OR (new.runs > 1) <> (old.runs > 1)
BEGIN INSERT INTO moves (entity) VALUES (new.id); END;
CREATE TRIGGER entities_gone AFTER DELETE ON entities BEGIN INSERT INTO moves (entity) VALUES (old.id); END;
CREATE INDEX entities_hands ON entities (id, runs, owner, root);

-- figures of whole days and months (UTC), made of those of hours, see spans.ts; level: 0 day, 1 month
-- shared: JSON [[visitor, hour]] of visitors with several users, who are not in people
CREATE TABLE spans (
  project TEXT, bot INTEGER, dimension TEXT, level INTEGER, start INTEGER, value TEXT,
  events INTEGER NOT NULL, pages INTEGER NOT NULL, sessions INTEGER NOT NULL, bounces INTEGER NOT NULL,
  duration INTEGER NOT NULL, people BLOB, shared TEXT,
  PRIMARY KEY (project, bot, dimension, level, start, value)
) WITHOUT ROWID;
-- changed_at: when an hour in it has changed after the span was made; null: the span is as its hours are
CREATE TABLE span_states (
  project TEXT, level INTEGER, start INTEGER, changed_at INTEGER, PRIMARY KEY (project, level, start)
) WITHOUT ROWID;
CREATE INDEX span_states_changed ON span_states (level, changed_at) WHERE changed_at IS NOT NULL;
INSERT INTO span_states SELECT DISTINCT project, 0, 86400000 * floor(hour / 86400000.0), 0 FROM rollups WHERE dimension = '';
INSERT INTO span_states SELECT DISTINCT project, 1, 1000 * unixepoch(hour / 1000, 'unixepoch', 'start of month'), 0
FROM rollups WHERE dimension = '';
`,
  `
-- where is the event with this id? the same words as in read-books.ts
CREATE INDEX rejected_by_message ON rejected (project, CASE WHEN json_valid(body) THEN json_extract(body, '$.messageId') END);
`,
  `
-- segments are in another form: they are made anew, and until then their blocks are read
DROP TABLE segment_columns;
DROP TABLE segments;
DELETE FROM meta WHERE name = 'packed';
CREATE TABLE segments (
  id INTEGER PRIMARY KEY, project TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, events INTEGER NOT NULL,
  least INTEGER NOT NULL, most INTEGER NOT NULL, stale INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX segments_by_time ON segments (project, most);
CREATE INDEX segments_by_blocks ON segments (last, first);
CREATE INDEX segments_stale ON segments (project) WHERE stale = 1;
CREATE TABLE segment_columns (segment INTEGER, name TEXT, body BLOB NOT NULL, PRIMARY KEY (segment, name));
`,
  `
-- of the events stored, by how far their clients' clocks were off: see clocks.ts; the rest told nothing of it
ALTER TABLE ledger ADD COLUMN within_1s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN ahead_10s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN ahead_1m INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN ahead_10m INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN ahead_1h INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN ahead_more INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN behind_10s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN behind_1m INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN behind_10m INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN behind_1h INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN behind_more INTEGER NOT NULL DEFAULT 0;
`,
  `
-- whose entities are they? for the removal of a project
CREATE INDEX entities_by_project ON entities (project);
`,
  `
-- spans of ten days come between those of days and of months; level: 0 day, 1 ten days, 2 month
UPDATE spans SET level = 2 WHERE level = 1;
UPDATE span_states SET level = 2 WHERE level = 1;
INSERT OR IGNORE INTO span_states
SELECT project, 1, 1000 * (unixepoch(start / 1000, 'unixepoch', 'start of month')
  + 864000 * min(2, (CAST(strftime('%d', start / 1000, 'unixepoch') AS INTEGER) - 1) / 10)), 0
FROM span_states WHERE level = 0;
`,
]
