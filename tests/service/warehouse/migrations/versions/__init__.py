"""One file per revision; alembic finds them by their names."""
