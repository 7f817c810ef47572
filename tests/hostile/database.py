# ruff: noqa
"""Hostile tools: through SQLite."""


def attach_a_file(self, at):
    self.db.rows(f"ATTACH '{at['folder']}/base.db' AS other")
    self.db.rows("CREATE TABLE other.t (x)")


def attach_behind_the_store(self, at):
    connection = self.db._connection
    connection.authorizer = None
    list(connection.execute(f"ATTACH '{at['folder']}/base.db' AS other"))
    list(connection.execute("CREATE TABLE other.t (x)"))


def open_a_database_file(self, at):
    import apsw

    list(apsw.Connection(at["folder"] + "/base.db").execute("CREATE TABLE t (x)"))


def open_with_the_standard_library(self, at):
    import sqlite3

    sqlite3.connect(at["folder"] + "/base.db").execute("CREATE TABLE t (x)")


def vacuum_into_a_file(self, at):
    self.db._connection.authorizer = None
    list(self.db._connection.execute(f"VACUUM INTO '{at['folder']}/base.db'"))


def load_an_extension(self, at):
    connection = self.db._connection
    connection.authorizer = None
    connection.enable_load_extension(True)
    connection.load_extension(at["file"])


def run_away_in_sql(self, at):
    self.db.rows("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n")


def run_away_without_fuel(self, at):
    connection = self.db._connection
    connection.set_progress_handler(None)
    list(connection.execute("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"))


def change_settings(self, at):
    connection = self.db._connection
    connection.authorizer = None
    for name in (
        "writable_schema = ON",
        f"temp_store_directory = '{at['folder']}'",
        "temp_store = 1",
        "journal_mode = WAL",
    ):
        list(connection.execute(f"PRAGMA {name}"))
    list(connection.execute("DELETE FROM sqlite_master"))


def blow_up_a_value(self, at):
    return self.db.value("SELECT hex(zeroblob(1000000000))")


def write_a_million_rows(self, at):
    for number in range(1_000_000):
        self.db.insert("notes", {"id": f"m{number}", "text": "x" * 100})


def write_while_reading(self, at):
    self.db._connection.execute("COMMIT")
    self.db.insert("notes", {"id": "late", "text": "x"})


def swap_the_database(self, at):
    import apsw

    self.db._connection = apsw.Connection(":memory:")
    return self.db.rows("SELECT 1")


def spill_to_a_temporary_file(self, at):
    connection = self.db._connection
    connection.authorizer = None
    list(connection.execute("PRAGMA temp_store = FILE"))
    list(
        connection.execute(
            "CREATE TEMP TABLE t AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 200000) SELECT x FROM n"
        )
    )
