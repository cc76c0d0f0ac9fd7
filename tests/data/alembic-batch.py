"""What Alembic's batch mode keeps: a column of `t` gets a default, and a question is asked before and after.

Reads lines of JSON: a name, the SQL that makes the tables and their rows, and the question. Prints for each its name, and `kept`, `lost` or
`fails`.
"""

import json
import sqlite3
import sys
import warnings

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

warnings.simplefilter("ignore")


def kept(sql, question):
    raw = sqlite3.connect(":memory:", check_same_thread=False)
    raw.executescript("PRAGMA foreign_keys = ON;" + sql)
    engine = sa.create_engine("sqlite://", creator=lambda: raw, poolclass=sa.pool.StaticPool)
    before = raw.execute(question).fetchall()
    with engine.connect() as connection:
        operations = Operations(MigrationContext.configure(connection))
        try:
            with operations.batch_alter_table("t") as batch:
                batch.alter_column("n", server_default="1")
            connection.commit()
            return "kept" if raw.execute(question).fetchall() == before else "lost"
        except Exception:
            return "fails"


for line in sys.stdin:
    name, sql, question = json.loads(line)
    print(json.dumps([name, kept(sql, question)]))
