"""The schema's migrations, which travel inside the distribution."""
from pathlib import Path

from alembic import command
from alembic.config import Config


def move(engine, verb, revision):
    """Brings the schema to `revision`; `verb` is alembic's "upgrade" or "downgrade"."""
    config = Config()
    # A percent sign is configparser's; a path may hold one.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["engine"] = engine
    getattr(command, verb)(config, revision)
