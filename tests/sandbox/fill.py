#!/usr/bin/env python3
"""Puts many devices into a state file that nobody has open: `fill.py STATE DEVICES`.

The sandbox has made the file and put one device into one group, the newest. As many more come into that group as if
each had been added: the triggers that count a group's devices are put aside meanwhile.
`sound.py` says whether everything adds up afterwards.
"""

import sqlite3
import sys


def main():
    db = sqlite3.connect(sys.argv[1])
    amount = int(sys.argv[2])
    triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        db.execute(f"DROP TRIGGER {name}")
    seq, uid, group, nc12, made = db.execute(
        "SELECT seq, uid, group_id, nc12, created_ts FROM device ORDER BY seq DESC").fetchone()
    db.executemany(
        "INSERT INTO device (seq, uid, group_id, nc12, created_ts, modified_ts) VALUES (?, ?, ?, ?, ?, ?)",
        ((seq + n, str(int(uid) + n), group, nc12, made, made) for n in range(1, amount + 1)))
    db.execute("UPDATE device_group SET device_count = device_count + ? WHERE id = ?", (amount, group))
    db.execute("UPDATE activity SET amount = amount + ? WHERE event IN ('NEW_DEVICE', 'DEVICE_CLAIMED')", (amount,))
    for _, sql in triggers:
        db.execute(sql)
    db.commit()


main()
