"""Alembic's entry: the migrations of the identity database."""

from config.migrate import run_migrations
from gateway.models import Base

run_migrations(Base.metadata)
