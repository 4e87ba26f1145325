"""Alembic's entry: the migrations of the reading database."""

from config.migrate import run_migrations
from worklist.models import Base

run_migrations(Base.metadata)
