-- Everything the sandbox knows. Times are milliseconds since 1970; device ids are decimal text;
-- a secure object's value is its object id as a number, for uniqueness whatever the spelling.

CREATE TABLE setting (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT;

CREATE TABLE device_group (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  nc12         TEXT NOT NULL,
  name         TEXT NOT NULL,
  device_count INTEGER NOT NULL DEFAULT 0,
  created_ts   INTEGER NOT NULL,
  modified_ts  INTEGER NOT NULL
) STRICT;
CREATE INDEX device_group_by_product ON device_group (nc12, id);

-- A device without a group is in the service's own generic group.
CREATE TABLE device (
  seq             INTEGER PRIMARY KEY AUTOINCREMENT,
  uid             TEXT NOT NULL UNIQUE,
  group_id        INTEGER REFERENCES device_group (id),
  nc12            TEXT NOT NULL,
  last_connection INTEGER,
  created_ts      INTEGER NOT NULL,
  modified_ts     INTEGER NOT NULL,
  version         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX device_by_group ON device (group_id, seq);

CREATE TRIGGER device_added AFTER INSERT ON device WHEN new.group_id IS NOT NULL BEGIN
  UPDATE device_group SET device_count = device_count + 1 WHERE id = new.group_id;
END;
CREATE TRIGGER device_moved AFTER UPDATE OF group_id ON device WHEN old.group_id IS NOT new.group_id BEGIN
  UPDATE device_group SET device_count = device_count - 1 WHERE id = old.group_id;
  UPDATE device_group SET device_count = device_count + 1 WHERE id = new.group_id;
END;

CREATE TABLE intermediate_ca (
  id                INTEGER PRIMARY KEY AUTOINCREMENT,
  name              TEXT NOT NULL,
  algorithm         TEXT NOT NULL,
  signing_authority TEXT NOT NULL CHECK (signing_authority IN ('NXP', 'EXT')),
  subject           TEXT NOT NULL,          -- JSON: the DN fields as asked
  private_key       BLOB NOT NULL,          -- PKCS#8; never leaves the sandbox
  csr               TEXT,
  certificate       TEXT,
  root              TEXT,
  valid_until       INTEGER,
  with_ski          INTEGER NOT NULL DEFAULT 0,   -- device certificates get a subject key identifier
  with_aki          INTEGER NOT NULL DEFAULT 0,   -- and an authority key identifier
  issued            INTEGER NOT NULL DEFAULT 0,
  created_ts        INTEGER NOT NULL,
  modified_ts       INTEGER NOT NULL,
  version           INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE secure_object (
  id                     INTEGER PRIMARY KEY AUTOINCREMENT,
  kind                   TEXT NOT NULL,
  name                   TEXT NOT NULL,
  object_id              TEXT NOT NULL,
  value                  INTEGER NOT NULL,
  on_connection          INTEGER NOT NULL,
  policy_source          TEXT NOT NULL,
  policies               TEXT,              -- JSON by 12NC, custom ones only
  details                TEXT NOT NULL,     -- JSON: what this type shows besides
  algorithm              TEXT,
  key_pair_id            INTEGER REFERENCES secure_object (id),
  intermediate_ca_id     INTEGER REFERENCES intermediate_ca (id),
  created_ts             INTEGER NOT NULL,
  modified_ts            INTEGER NOT NULL,
  version                INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX secure_object_by_ca ON secure_object (intermediate_ca_id);
CREATE INDEX secure_object_by_key_pair ON secure_object (key_pair_id);

CREATE TABLE assignment (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  secure_object_id INTEGER NOT NULL REFERENCES secure_object (id),
  group_id         INTEGER NOT NULL REFERENCES device_group (id),
  value            INTEGER NOT NULL,
  created_ts       INTEGER NOT NULL,
  UNIQUE (secure_object_id, group_id)
) STRICT;
-- Object ids are unique per device (4.1.3), hence per device group.
CREATE UNIQUE INDEX object_id_in_group ON assignment (group_id, value);

CREATE TABLE provisioning (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  secure_object_id INTEGER NOT NULL REFERENCES secure_object (id),
  device_seq       INTEGER NOT NULL REFERENCES device (seq),
  group_id         INTEGER NOT NULL REFERENCES device_group (id),
  state            TEXT NOT NULL,
  certificate      TEXT,
  created_ts       INTEGER NOT NULL,
  modified_ts      INTEGER NOT NULL,
  UNIQUE (secure_object_id, device_seq)
) STRICT;
CREATE INDEX provisioning_by_device ON provisioning (device_seq, id);
CREATE INDEX provisioning_by_group ON provisioning (group_id);
-- Empty unless generation takes time.
CREATE INDEX provisioning_in_generation ON provisioning (modified_ts) WHERE state = 'GENERATION_TRIGGERED';

-- The key pair of one device for one KEYPAIR object.
CREATE TABLE device_key (
  device_seq  INTEGER NOT NULL REFERENCES device (seq),
  key_pair_id INTEGER NOT NULL,
  private_key BLOB NOT NULL,
  PRIMARY KEY (device_seq, key_pair_id)
) STRICT;
CREATE INDEX device_key_by_key_pair ON device_key (key_pair_id);

CREATE TABLE claim_code (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id     INTEGER NOT NULL REFERENCES device_group (id),
  batch_id     INTEGER,
  name         TEXT NOT NULL,
  secret       TEXT NOT NULL UNIQUE,
  policy       TEXT NOT NULL,
  behavior     TEXT NOT NULL,
  device_limit INTEGER NOT NULL,
  reusable     INTEGER NOT NULL,
  revoked      INTEGER NOT NULL DEFAULT 0,
  device_count INTEGER NOT NULL DEFAULT 0,
  created_ts   INTEGER NOT NULL,
  modified_ts  INTEGER NOT NULL,
  version      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX claim_code_by_group ON claim_code (group_id, id);
-- What codes can be deleted by (4.4.11).
CREATE INDEX claim_code_by_creation ON claim_code (created_ts);
CREATE INDEX claim_code_revoked ON claim_code (created_ts) WHERE revoked = 1;
CREATE INDEX claim_code_reached ON claim_code (created_ts) WHERE policy = 'RESTRICTED' AND device_count >= device_limit;

CREATE TABLE claim_use (
  claim_code_id INTEGER NOT NULL REFERENCES claim_code (id) ON DELETE CASCADE,
  device_uid    TEXT NOT NULL,
  PRIMARY KEY (claim_code_id, device_uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE claim_batch (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id INTEGER NOT NULL REFERENCES device_group (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX claim_batch_by_group ON claim_batch (group_id);

-- Devices registered in bulk, and batches for devices that are not known (not in AN12642); the ids are a JSON array of
-- decimal texts, the file of a batch is JSON and made at its first download.
CREATE TABLE job (
  id          TEXT PRIMARY KEY,
  group_id    INTEGER NOT NULL,
  device_uids TEXT NOT NULL,
  batch_size  INTEGER,
  batch_file  TEXT,
  created_ts  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the activity report counts, by month (12 * year + month - 1).
CREATE TABLE activity (
  month  INTEGER NOT NULL,
  event  TEXT NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (month, event)
) STRICT, WITHOUT ROWID;
