"""The first schema of the reading database, with the triggers that keep what must not change."""

import sqlalchemy as sa
from alembic import op

import config.database
from config.migrate import refuse_changes

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""

    op.create_table(
        "log_in_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_in_attempt")),
    )
    with op.batch_alter_table("log_in_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_log_in_attempt_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_log_in_attempt_key"), ["key"], unique=False)

    op.create_table(
        "preview_link",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("study_uid", sa.String(length=64), nullable=False),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", config.database.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preview_link")),
    )
    with op.batch_alter_table("preview_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_preview_link_study_uid"), ["study_uid"], unique=False)

    op.create_table(
        "published_study",
        sa.Column("study_uid", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("sex", sa.String(length=16), nullable=True),
        sa.Column("age", sa.String(length=4), nullable=True),
        sa.Column("study_date", sa.String(length=8), nullable=True),
        sa.Column("study_time", sa.String(length=16), nullable=True),
        sa.Column("modality", sa.String(length=16), nullable=False),
        sa.Column("body_part", sa.String(length=64), nullable=True),
        sa.Column("description", sa.String(length=200), nullable=True),
        sa.Column("case_number", sa.String(length=10), nullable=True),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("report_language", sa.String(length=16), nullable=True),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("jurisdiction", sa.String(length=12), nullable=True),
        sa.Column("payer", sa.String(length=8), nullable=False),
        sa.Column("prior", sa.Boolean(), nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("received_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("study_uid", name=op.f("pk_published_study")),
    )
    with op.batch_alter_table("published_study", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_published_study_case_number"), ["case_number"], unique=False)
        batch_op.create_index(batch_op.f("ix_published_study_modality"), ["modality"], unique=False)
        batch_op.create_index(batch_op.f("ix_published_study_pseudonym"), ["pseudonym"], unique=False)
        batch_op.create_index(batch_op.f("ix_published_study_site"), ["site"], unique=False)
        batch_op.create_index(batch_op.f("ix_published_study_study_date"), ["study_date"], unique=False)

    op.create_table(
        "reader",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("specialty", sa.String(length=64), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader")),
        sa.UniqueConstraint("name", name=op.f("uq_reader_name")),
    )
    op.create_table(
        "reading_audit",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_reading_audit")),
        sa.UniqueConstraint("hash", name=op.f("uq_reading_audit_hash")),
        sa.UniqueConstraint("previous", name=op.f("uq_reading_audit_previous")),
    )
    with op.batch_alter_table("reading_audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reading_audit_subject_at"), ["subject", "at"], unique=False)

    op.create_table(
        "site_terms",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("rate_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("markup_percent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_site_terms")),
    )
    op.create_table(
        "withdrawn_blob",
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("blob", name=op.f("pk_withdrawn_blob")),
    )
    op.create_table(
        "access_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=True),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", config.database.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(role = 'reader') = (reader_id is not null)", name=op.f("ck_access_token_reader")),
        sa.CheckConstraint(
            "role in ('reader', 'coordinator', 'integrator', 'admin')", name=op.f("ck_access_token_role")
        ),
        sa.ForeignKeyConstraint(["reader_id"], ["reader.id"], name=op.f("fk_access_token_reader_id_reader")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_token_token_hash")),
    )
    op.create_table(
        "licence",
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.String(length=12), nullable=False),
        sa.Column("expires", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["reader_id"], ["reader.id"], name=op.f("fk_licence_reader_id_reader")),
        sa.PrimaryKeyConstraint("reader_id", "jurisdiction", name=op.f("pk_licence")),
    )
    op.create_table(
        "log_in",
        sa.Column("cookie_hash", sa.String(length=64), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("csrf_token", sa.String(length=64), nullable=False),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reader_id"], ["reader.id"], name=op.f("fk_log_in_reader_id_reader")),
        sa.PrimaryKeyConstraint("cookie_hash", name=op.f("pk_log_in")),
    )
    op.create_table(
        "published_series",
        sa.Column("series_uid", sa.String(length=64), nullable=False),
        sa.Column("study_uid", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("modality", sa.String(length=16), nullable=False),
        sa.Column("body_part", sa.String(length=64), nullable=True),
        sa.Column("description", sa.String(length=200), nullable=True),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_uid"], ["published_study.study_uid"], name=op.f("fk_published_series_study_uid_published_study")
        ),
        sa.PrimaryKeyConstraint("series_uid", name=op.f("pk_published_series")),
    )
    with op.batch_alter_table("published_series", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_published_series_study_uid"), ["study_uid"], unique=False)

    op.create_table(
        "worklist_item",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("study_uid", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=True),
        sa.Column("lease_until", config.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("due_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state in ('claimed', 'signed')) = (reader_id is not null)", name=op.f("ck_worklist_item_reader")
        ),
        sa.CheckConstraint("state in ('open', 'claimed', 'signed', 'cancelled')", name=op.f("ck_worklist_item_state")),
        sa.ForeignKeyConstraint(["reader_id"], ["reader.id"], name=op.f("fk_worklist_item_reader_id_reader")),
        sa.ForeignKeyConstraint(
            ["study_uid"], ["published_study.study_uid"], name=op.f("fk_worklist_item_study_uid_published_study")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worklist_item")),
        sa.UniqueConstraint("study_uid", name=op.f("uq_worklist_item_study_uid")),
    )
    with op.batch_alter_table("worklist_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_worklist_item_due_at_id"), ["due_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_worklist_item_state_due_at_id"), ["state", "due_at", "id"], unique=False)

    op.create_table(
        "workstation",
        sa.Column("ae_title", sa.String(length=16), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("networks", sa.JSON(), nullable=False),
        sa.Column("certificates", sa.JSON(), nullable=False),
        sa.Column("tls", sa.Boolean(), nullable=False),
        sa.Column("trust", sa.Text(), nullable=False),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reader_id"], ["reader.id"], name=op.f("fk_workstation_reader_id_reader")),
        sa.PrimaryKeyConstraint("ae_title", name=op.f("pk_workstation")),
    )
    with op.batch_alter_table("workstation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_workstation_reader_id"), ["reader_id"], unique=False)

    op.create_table(
        "published_instance",
        sa.Column("sop_instance_uid", sa.String(length=64), nullable=False),
        sa.Column("series_uid", sa.String(length=64), nullable=False),
        sa.Column("study_uid", sa.String(length=64), nullable=False),
        sa.Column("sop_class_uid", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("transfer_syntax_uid", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("columns", sa.Integer(), nullable=True),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("published_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_uid"],
            ["published_series.series_uid"],
            name=op.f("fk_published_instance_series_uid_published_series"),
        ),
        sa.ForeignKeyConstraint(
            ["study_uid"], ["published_study.study_uid"], name=op.f("fk_published_instance_study_uid_published_study")
        ),
        sa.PrimaryKeyConstraint("sop_instance_uid", name=op.f("pk_published_instance")),
    )
    with op.batch_alter_table("published_instance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_published_instance_series_uid"), ["series_uid"], unique=False)
        batch_op.create_index(batch_op.f("ix_published_instance_study_uid"), ["study_uid"], unique=False)

    op.create_table(
        "read",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("study_uid", sa.String(length=64), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("impression", sa.Text(), nullable=False),
        sa.Column("recommendation", sa.Text(), nullable=False),
        sa.Column("agreement", sa.String(length=8), nullable=True),
        sa.Column("radpeer", sa.String(length=2), nullable=True),
        sa.Column("diagnosis_changed", sa.Boolean(), nullable=True),
        sa.Column("treatment_changed", sa.Boolean(), nullable=True),
        sa.Column("key_images", sa.JSON(), nullable=False),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("signed_at", config.database.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'signed') = (signed_at is not null)", name=op.f("ck_read_signed")),
        sa.CheckConstraint("agreement in ('agree', 'minor', 'major')", name=op.f("ck_read_agreement")),
        sa.CheckConstraint("radpeer in ('1', '2a', '2b', '3a', '3b')", name=op.f("ck_read_radpeer")),
        sa.CheckConstraint("state in ('draft', 'signed')", name=op.f("ck_read_state")),
        sa.ForeignKeyConstraint(["item_id"], ["worklist_item.id"], name=op.f("fk_read_item_id_worklist_item")),
        sa.ForeignKeyConstraint(["reader_id"], ["reader.id"], name=op.f("fk_read_reader_id_reader")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read")),
    )
    with op.batch_alter_table("read", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_read_item_id"), ["item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_read_study_uid"), ["study_uid"], unique=False)
        batch_op.create_index("uq_read_one_a_reader", ["item_id", "reader_id"], unique=True)
        batch_op.create_index(
            "uq_read_one_signed",
            ["item_id"],
            unique=True,
            sqlite_where=sa.text("state = 'signed'"),
            postgresql_where=sa.text("state = 'signed'"),
        )

    op.create_table(
        "addendum",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("read_id", sa.String(length=32), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("signed_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["read_id"], ["read.id"], name=op.f("fk_addendum_read_id_read")),
        sa.ForeignKeyConstraint(["reader_id"], ["reader.id"], name=op.f("fk_addendum_reader_id_reader")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addendum")),
    )
    with op.batch_alter_table("addendum", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_addendum_read_id"), ["read_id"], unique=False)

    op.create_table(
        "charge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("read_id", sa.String(length=32), nullable=False),
        sa.Column("study_uid", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("case_number", sa.String(length=10), nullable=True),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("payer", sa.String(length=8), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("markup_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["read_id"], ["read.id"], name=op.f("fk_charge_read_id_read")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge")),
        sa.UniqueConstraint("read_id", name=op.f("uq_charge_read_id")),
    )
    with op.batch_alter_table("charge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_charge_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_charge_site"), ["site"], unique=False)

    op.create_table(
        "read_document",
        sa.Column("read_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("addenda", sa.Integer(), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["read_id"], ["read.id"], name=op.f("fk_read_document_read_id_read")),
        sa.PrimaryKeyConstraint("read_id", "kind", "addenda", name=op.f("pk_read_document")),
    )
    op.create_table(
        "outbox_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("read_id", sa.String(length=32), nullable=False),
        sa.Column("addendum_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("taken_at", config.database.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('read-signed', 'addendum-signed')", name=op.f("ck_outbox_entry_kind")),
        sa.ForeignKeyConstraint(["addendum_id"], ["addendum.id"], name=op.f("fk_outbox_entry_addendum_id_addendum")),
        sa.ForeignKeyConstraint(["read_id"], ["read.id"], name=op.f("fk_outbox_entry_read_id_read")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_entry")),
    )
    with op.batch_alter_table("outbox_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_entry_taken_at"), ["taken_at"], unique=False)

    for change in ("UPDATE", "DELETE"):
        refuse_changes("reading_audit", change)
        refuse_changes("charge", change)
        refuse_changes("addendum", change)
        refuse_changes("read", change, when="OLD.state = 'signed'")
