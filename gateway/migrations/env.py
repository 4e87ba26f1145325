"""Alembic's entry: the migrations of the identity database."""

from config.migrate import run_migrations
from gateway import attachment_models, case_models, commitment_models, desk_models, observation_models, upload_models
from gateway.deidentification import models as deidentification_models
from gateway.matching import models as matching_models
from gateway.models import Base

__all__ = [
    "attachment_models",
    "case_models",
    "commitment_models",
    "deidentification_models",
    "desk_models",
    "matching_models",
    "observation_models",
    "upload_models",
]

run_migrations(Base.metadata)
