"""What Alembic detects: `compare_metadata` from a schema as SQL makes it to a schema as SQLAlchemy is told of it.

Prints a line of JSON for each case: its name, and the names of the operations. `peers.rs` runs it, and Aludel on the same pairs.
"""

import json
import re
import sys
import warnings

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

warnings.simplefilter("ignore")

# What SQLAlchemy cannot read out of SQL: each case's wanted schema in its own words.
ID = lambda: sa.Column("id", sa.Integer, primary_key=True, nullable=False)
A = lambda **k: sa.Column("a", sa.String(10), **k)
B = lambda *c, **k: sa.Column("b", sa.Integer, *c, **k)


def t(*items, **options):
    return lambda m: sa.Table("t", m, *[item() if callable(item) else item for item in items], **options)


def p(m):
    sa.Table("p", m, ID())


def both(*makers):
    return lambda m: [make(m) for make in makers]


SAME = t(ID, A, B)
WANTED = {
    "nothing": SAME,
    "table added": both(SAME, lambda m: sa.Table("u", m, ID())),
    "table removed": SAME,
    "column added": t(ID, A, B, lambda: sa.Column("c", sa.Integer)),
    "column removed": t(ID, A),
    "column order": t(ID, B, A),
    "NOT NULL": t(ID, lambda: A(nullable=False), B),
    "NOT NULL of an INTEGER PRIMARY KEY": SAME,
    "type by size": t(ID, lambda: sa.Column("a", sa.String(20)), B),
    "type by name": t(ID, A, lambda: sa.Column("b", sa.BigInteger)),
    "size on one side only": t(ID, lambda: sa.Column("a", sa.String()), B),
    "default": t(ID, A, lambda: B(server_default="1")),
    "generated column": t(ID, A, lambda: B(sa.Computed("id + 2"))),
    "index added": t(ID, A, B, lambda: sa.Index("i", "a")),
    "index removed": SAME,
    "index unique": t(ID, A, B, lambda: sa.Index("i", "a", unique=True)),
    "index columns": t(ID, A, B, lambda: sa.Index("i", "b", "a")),
    "index DESC": t(ID, A, B, lambda: sa.Index("i", sa.text("a DESC"))),
    "index WHERE": t(ID, A, B, lambda: sa.Index("i", "a", sqlite_where=sa.text("b > 2"))),
    "index expression": t(ID, A, B, lambda: sa.Index("i", sa.text("upper(a)"))),
    "index collation": t(ID, A, B, lambda: sa.Index("i", sa.text("a COLLATE NOCASE"))),
    "unique constraint added": t(ID, A, B, lambda: sa.UniqueConstraint("a", name="u")),
    "unique constraint removed": SAME,
    "unique constraint without a name added": t(ID, A, B, lambda: sa.UniqueConstraint("a")),
    "unique constraint without a name removed": SAME,
    "unique constraint conflict": t(ID, A, B, lambda: sa.UniqueConstraint("a", name="u", sqlite_on_conflict="REPLACE")),
    "foreign key added": both(p, t(ID, A, lambda: B(sa.ForeignKey("p.id")))),
    "foreign key removed": both(p, SAME),
    "foreign key action": both(p, t(ID, A, lambda: B(sa.ForeignKey("p.id", ondelete="CASCADE")))),
    "CHECK with a name added": t(ID, A, B, lambda: sa.CheckConstraint("b > 0", name="ck")),
    "CHECK with a name removed": SAME,
    "CHECK with a name: its text": t(ID, A, B, lambda: sa.CheckConstraint("b > 1", name="ck")),
    "CHECK without a name": t(ID, A, B, lambda: sa.CheckConstraint("b > 1")),
    "values of an enumeration": t(ID, lambda: sa.Column("a", sa.Enum("x", "y", native_enum=False, create_constraint=True)), B),
    "column renamed": t(ID, lambda: sa.Column("z", sa.String(10)), B),
    "table renamed": lambda m: sa.Table("z", m, ID(), A(), B()),
    "column in other letters": t(ID, lambda: sa.Column("A", sa.String(10)), B),
    "table in other letters": lambda m: sa.Table("T", m, ID(), A(), B()),
    "primary key": t(ID, lambda: A(primary_key=True, nullable=False), B),
    "collation of a column": t(ID, lambda: sa.Column("a", sa.String(10, collation="NOCASE")), B),
    "STRICT": t(ID, lambda: sa.Column("a", sa.Text), B, sqlite_strict=True),
    "WITHOUT ROWID": t(ID, A, B, sqlite_with_rowid=False),
    "AUTOINCREMENT": t(ID, A, B, sqlite_autoincrement=True),
    "view": SAME,
    "trigger": SAME,
    "virtual table": SAME,
}


def detected(before, build):
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        for statement in re.split(r";\n", before):
            if statement.strip():
                connection.exec_driver_sql(statement)
        metadata = sa.MetaData()
        build(metadata)
        found = []
        try:
            for one in compare_metadata(MigrationContext.configure(connection), metadata):
                found += [part[0] for part in one] if isinstance(one, list) else [one[0]]
        except Exception as error:
            found = ["error: " + str(error).splitlines()[0]]
        return found


for line in sys.stdin:
    name, before = json.loads(line)
    print(json.dumps([name, detected(before, WANTED[name])]))
