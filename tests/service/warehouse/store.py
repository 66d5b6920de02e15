"""Projects in PostgreSQL, through SQLAlchemy 1.4 or 2."""
from psycopg2.errors import UndefinedTable
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from warehouse.application import StoreDown


def engine_for(config):
    """A pool of few connections: a worker serves one request at a time."""
    return create_engine(config.database_url, future=True, pool_pre_ping=True, pool_size=1,
                         connect_args={"connect_timeout": 3})


class Store:
    def __init__(self, engine):
        self.engine = engine

    def revision(self):
        """The schema's revision, None before the first migration."""
        def read(connection):
            try:
                return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            except ProgrammingError as error:
                if isinstance(error.orig, UndefinedTable):
                    return None  # and the transaction, in which nothing else happens, is rolled back
                raise
        return self._ask(read)

    def projects(self):
        """The names of all projects, in order."""
        return self._ask(lambda connection: list(
            connection.execute(text("SELECT name FROM projects ORDER BY name")).scalars()))

    def add(self, name):
        self._ask(lambda connection: connection.execute(
            text("INSERT INTO projects (name) VALUES (:name)"), {"name": name}))

    def _ask(self, question):
        try:
            with self.engine.begin() as connection:
                return question(connection)
        except DBAPIError as error:
            raise StoreDown(str(error.orig).strip()) from error
