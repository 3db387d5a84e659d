#!/usr/bin/env python3
"""Says what is wrong with a state file that nobody has open: `sound.py STATE [ACKNOWLEDGED]`.

Python's own SQLite reads it. Every counter must be what counting gives, and what ACKNOWLEDGED names (a line of JSON
for each answer that a client got, in the order of its answers) must be there. Exit code 1 when something is wrong.
"""

import json
import sqlite3
import sys

wrong = []


def check(db, said, sql, *parameters):
    """`sql` finds what should not be."""
    found = db.execute(sql, parameters).fetchmany(5)
    if found:
        wrong.append(f"{said}: {found}")


def counters(db):
    check(db, "devices of a group", """
        SELECT g.id, g.device_count, count(d.seq) FROM device_group g LEFT JOIN device d ON d.group_id = g.id
        GROUP BY g.id HAVING g.device_count <> count(d.seq)""")
    check(db, "uses of a claim code", """
        SELECT c.id, c.device_count, count(u.device_uid) FROM claim_code c LEFT JOIN claim_use u
        ON u.claim_code_id = c.id GROUP BY c.id HAVING c.device_count <> count(u.device_uid)""")
    check(db, "provisionings are every object of its group for every device", """
        SELECT * FROM (
          SELECT (SELECT count(*) FROM provisioning) AS there,
            (SELECT count(*) FROM device d JOIN assignment a ON a.group_id = d.group_id
             JOIN provisioning p ON p.device_seq = d.seq AND p.secure_object_id = a.secure_object_id
               AND p.group_id = d.group_id) AS meant,
            (SELECT count(*) FROM device d JOIN assignment a ON a.group_id = d.group_id) AS wanted)
        WHERE there <> meant OR meant <> wanted""")
    check(db, "batches are whole", """
        SELECT b.id, count(c.id) FROM claim_batch b LEFT JOIN claim_code c ON c.batch_id = b.id
        GROUP BY b.id HAVING count(c.id) NOT IN (0, 100)""")
    events = dict(db.execute("SELECT event, sum(amount) FROM activity GROUP BY event"))
    for more, less, table in [
        ("NEW_DEVICE", None, "device"),
        ("DEVICE_CLAIMED", "DEVICE_UNCLAIMED", "device WHERE group_id IS NOT NULL"),
        ("PROVISION_SERVICE", "REVOKE_SERVICE_DEVICE", "provisioning"),
    ]:
        balance = events.get(more, 0) - events.get(less, 0)
        rows = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        if rows != balance:
            wrong.append(f"{more} without {less or 'anything'}: {balance}, {table}: {rows}")


# What an acknowledged answer promises: SQL that finds the promise kept, with what the client knows.
PROMISES = {
    "group": "SELECT 1 FROM device_group WHERE id = ? AND name = ?",
    "no group": "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM device_group WHERE id = ?)",
    "device": "SELECT 1 FROM device WHERE uid = ? AND group_id = ?",
    "free device": "SELECT 1 FROM device WHERE uid = ? AND group_id IS NULL",
    "object": "SELECT 1 FROM secure_object WHERE id = ?",
    "no object": "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM secure_object WHERE id = ?)",
    "assignment": "SELECT 1 FROM assignment WHERE secure_object_id = ? AND group_id = ?",
    "batch": "SELECT 1 FROM claim_code WHERE batch_id = ? GROUP BY batch_id HAVING count(*) = 100",
    "revoked code": "SELECT 1 FROM claim_code WHERE id = ? AND revoked = 1",
}


def main():
    db = sqlite3.connect(f"file:{sys.argv[1]}?mode=rw", uri=True)
    integrity = db.execute("PRAGMA integrity_check").fetchall()
    if integrity != [("ok",)]:
        wrong.append(f"integrity_check: {integrity}")
    check(db, "foreign keys", "SELECT * FROM pragma_foreign_key_check")
    counters(db)
    promises = open(sys.argv[2]).read().splitlines() if len(sys.argv) > 2 else []
    for line in promises:
        kind, *values = json.loads(line)
        if not db.execute(PROMISES[kind], values).fetchall():
            wrong.append(f"acknowledged and not there: {line}")
    for said in wrong[:20]:
        print(said)
    print(f"{len(promises)} acknowledged, {len(wrong)} wrong")
    return 1 if wrong else 0


sys.exit(main())
