"""The first schema of the identity database, with the triggers that keep what must not change."""

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
        "coordinator",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coordinator")),
        sa.UniqueConstraint("name", name=op.f("uq_coordinator_name")),
    )
    op.create_table(
        "discarded_original",
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("blob", name=op.f("pk_discarded_original")),
    )
    op.create_table(
        "identity_audit",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_identity_audit")),
        sa.UniqueConstraint("hash", name=op.f("uq_identity_audit_hash")),
        sa.UniqueConstraint("previous", name=op.f("uq_identity_audit_previous")),
    )
    with op.batch_alter_table("identity_audit", schema=None) as batch_op:
        batch_op.create_index("ix_identity_audit_subject", ["subject", "action"], unique=False)

    op.create_table(
        "instance_audit",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_instance_audit")),
    )
    op.create_table(
        "site",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("jurisdiction", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("approve_reports", sa.Boolean(), nullable=False),
        sa.Column("case_from_report", sa.Boolean(), nullable=False),
        sa.Column("rate_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("markup_percent", sa.Integer(), nullable=False),
        sa.Column("require_case", sa.Boolean(), nullable=False),
        sa.Column("open_cases", sa.Integer(), nullable=False),
        sa.Column("return_ae", sa.String(length=16), nullable=True),
        sa.Column("return_host", sa.String(length=255), nullable=True),
        sa.Column("return_port", sa.Integer(), nullable=True),
        sa.Column("commitment_host", sa.String(length=255), nullable=True),
        sa.Column("commitment_port", sa.Integer(), nullable=True),
        sa.Column("return_tls", sa.Boolean(), nullable=False),
        sa.Column("return_trust", sa.Text(), nullable=False),
        sa.Column("commitment_tls", sa.Boolean(), nullable=False),
        sa.Column("commitment_trust", sa.Text(), nullable=False),
        sa.Column("networks", sa.JSON(), nullable=False),
        sa.Column("certificates", sa.JSON(), nullable=False),
        sa.Column("dimse_user", sa.String(length=64), nullable=False),
        sa.Column("dimse_password_hash", sa.String(length=200), nullable=False),
        sa.Column("maximum_associations", sa.Integer(), nullable=True),
        sa.Column("instances_per_hour", sa.Integer(), nullable=True),
        sa.Column("bytes_per_hour", sa.BigInteger(), nullable=True),
        sa.Column("unlisted_sop_classes", sa.Boolean(), nullable=True),
        sa.Column("profile", sa.String(length=64), nullable=True),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("removed_at", config.database.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_site")),
    )
    op.create_table(
        "upload_attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_attempt")),
    )
    with op.batch_alter_table("upload_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_attempt_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_upload_attempt_key"), ["key"], unique=False)

    op.create_table(
        "case",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_number", sa.String(length=10), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("patient_name", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.String(length=8), nullable=False),
        sa.Column("birth", sa.JSON(), nullable=False),
        sa.Column("sex", sa.String(length=16), nullable=False),
        sa.Column("patient_ids", sa.JSON(), nullable=False),
        sa.Column("id_kinds", sa.JSON(), nullable=False),
        sa.Column("addresses", sa.JSON(), nullable=False),
        sa.Column("telephones", sa.JSON(), nullable=False),
        sa.Column("accession_numbers", sa.JSON(), nullable=False),
        sa.Column("accession_issuers", sa.JSON(), nullable=False),
        sa.Column("study_uids", sa.JSON(), nullable=False),
        sa.Column("study_date", sa.String(length=8), nullable=False),
        sa.Column("modality", sa.String(length=16), nullable=False),
        sa.Column("body_part", sa.String(length=64), nullable=False),
        sa.Column("report_text", sa.Text(), nullable=False),
        sa.Column("report_language", sa.String(length=16), nullable=False),
        sa.Column("report_date", sa.String(length=8), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("referrer", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.String(length=12), nullable=False),
        sa.Column("home_state", sa.String(length=64), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("other_names", sa.JSON(), nullable=False),
        sa.Column("own_words", sa.JSON(), nullable=False),
        sa.Column("former_identities", sa.JSON(), nullable=False),
        sa.Column("orders", sa.JSON(), nullable=False),
        sa.Column("requested_studies", sa.JSON(), nullable=False),
        sa.Column("report_parts", sa.JSON(), nullable=False),
        sa.Column("reports_of_others", sa.JSON(), nullable=False),
        sa.Column("report_history", sa.JSON(), nullable=False),
        sa.Column("told_at", sa.JSON(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("payer", sa.String(length=8), nullable=False),
        sa.Column("release_to", sa.String(length=8), nullable=False),
        sa.Column("release_after_days", sa.Integer(), nullable=True),
        sa.Column("merged_into_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("source_digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("payer in ('', 'self', 'hospital', 'insurer')", name=op.f("ck_case_payer")),
        sa.CheckConstraint("release_to in ('hospital', 'patient')", name=op.f("ck_case_release_to")),
        sa.CheckConstraint("state in ('open', 'closed')", name=op.f("ck_case_state")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["case.id"], name=op.f("fk_case_merged_into_id_case")),
        sa.ForeignKeyConstraint(["site"], ["site.name"], name=op.f("fk_case_site_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sa.UniqueConstraint("case_number", name=op.f("uq_case_case_number")),
        sa.UniqueConstraint("site", "source_digest", name=op.f("uq_case_site_source_digest")),
    )
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_site"), ["site"], unique=False)

    op.create_table(
        "commitment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("transaction_uid", sa.String(length=64), nullable=False),
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.Column("calling_ae", sa.String(length=16), nullable=False),
        sa.Column("received_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("instances", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("failed", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("sent_at", config.database.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('asked', 'judged', 'sent', 'given-up')", name=op.f("ck_commitment_state")),
        sa.ForeignKeyConstraint(["site"], ["site.name"], name=op.f("fk_commitment_site_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
        sa.UniqueConstraint(
            "site", "calling_ae", "transaction_uid", name=op.f("uq_commitment_site_calling_ae_transaction_uid")
        ),
    )
    with op.batch_alter_table("commitment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_commitment_next_at"), ["next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_commitment_site"), ["site"], unique=False)
        batch_op.create_index(batch_op.f("ix_commitment_state"), ["state"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("door", sa.String(length=8), nullable=False),
        sa.Column("calling_ae", sa.String(length=16), nullable=True),
        sa.Column("case_number", sa.String(length=10), nullable=True),
        sa.Column("opened_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("unpacked_at", config.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("promised", sa.JSON(), nullable=True),
        sa.CheckConstraint("door in ('cstore', 'upload', 'stow', 'cli')", name=op.f("ck_delivery_door")),
        sa.ForeignKeyConstraint(["site"], ["site.name"], name=op.f("fk_delivery_site_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_site"), ["site"], unique=False)

    op.create_table(
        "desk_log_in",
        sa.Column("cookie_hash", sa.String(length=64), nullable=False),
        sa.Column("coordinator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("csrf_token", sa.String(length=64), nullable=False),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["coordinator_id"], ["coordinator.id"], name=op.f("fk_desk_log_in_coordinator_id_coordinator")
        ),
        sa.PrimaryKeyConstraint("cookie_hash", name=op.f("pk_desk_log_in")),
    )
    with op.batch_alter_table("desk_log_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_desk_log_in_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "hl7_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=500), nullable=False),
        sa.Column("control_id", sa.String(length=199), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("filed", sa.JSON(), nullable=False),
        sa.Column("received_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.name"], name=op.f("fk_hl7_message_site_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hl7_message")),
        sa.UniqueConstraint(
            "site", "sender", "control_id", "digest", name=op.f("uq_hl7_message_site_sender_control_id_digest")
        ),
    )
    with op.batch_alter_table("hl7_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hl7_message_blob"), ["blob"], unique=False)

    op.create_table(
        "parted_pair",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("old_id", sa.String(length=128), nullable=False),
        sa.Column("old_issuer", sa.String(length=128), nullable=False),
        sa.Column("surviving_id", sa.String(length=128), nullable=False),
        sa.Column("surviving_issuer", sa.String(length=128), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.name"], name=op.f("fk_parted_pair_site_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parted_pair")),
    )
    with op.batch_alter_table("parted_pair", schema=None) as batch_op:
        batch_op.create_index("ix_parted_pair_old", ["site", "old_id"], unique=False)

    op.create_table(
        "early_cancellation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("received_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.name"], name=op.f("fk_early_cancellation_site_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_early_cancellation")),
        sa.UniqueConstraint("site", "key", "digest", name=op.f("uq_early_cancellation_site_key_digest")),
    )
    with op.batch_alter_table("early_cancellation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_early_cancellation_blob"), ["blob"], unique=False)
        batch_op.create_index(batch_op.f("ix_early_cancellation_received_at"), ["received_at"], unique=False)

    op.create_table(
        "known_merge",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("old_id", sa.String(length=128), nullable=False),
        sa.Column("old_issuer", sa.String(length=128), nullable=False),
        sa.Column("surviving_id", sa.String(length=128), nullable=False),
        sa.Column("surviving_issuer", sa.String(length=128), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("birth_date", sa.String(length=8), nullable=False),
        sa.Column("received_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.name"], name=op.f("fk_known_merge_site_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_merge")),
        sa.UniqueConstraint(
            "site", "old_id", "old_issuer", "surviving_id", "surviving_issuer", name="uq_known_merge_pair"
        ),
    )
    with op.batch_alter_table("known_merge", schema=None) as batch_op:
        batch_op.create_index("ix_known_merge_surviving", ["site", "surviving_id"], unique=False)

    op.create_table(
        "observation",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("objects", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("last_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('character-set', 'clock-ahead')", name=op.f("ck_observation_kind")),
        sa.ForeignKeyConstraint(["site"], ["site.name"], name=op.f("fk_observation_site_site")),
        sa.PrimaryKeyConstraint("site", "kind", "value", name=op.f("pk_observation")),
    )
    op.create_table(
        "patient",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=310), nullable=False),
        sa.Column("number", sa.String(length=300), nullable=False),
        sa.Column("issuer", sa.String(length=128), nullable=False),
        sa.Column("patient_id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.String(length=8), nullable=False),
        sa.Column("sex", sa.String(length=16), nullable=False),
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.name"], name=op.f("fk_patient_site_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("pseudonym", name=op.f("uq_patient_pseudonym")),
        sa.UniqueConstraint("site", "scope", name=op.f("uq_patient_site_scope")),
    )
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.create_index("ix_patient_number", ["site", "number"], unique=False)

    op.create_table(
        "resumable_upload",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=160), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("case_number", sa.String(length=10), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.name"], name=op.f("fk_resumable_upload_site_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resumable_upload")),
    )
    with op.batch_alter_table("resumable_upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_resumable_upload_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_resumable_upload_owner"), ["owner"], unique=False)

    op.create_table(
        "site_ae",
        sa.Column("ae_title", sa.String(length=16), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.name"], name=op.f("fk_site_ae_site_site")),
        sa.PrimaryKeyConstraint("ae_title", name=op.f("pk_site_ae")),
    )
    with op.batch_alter_table("site_ae", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_site_ae_site"), ["site"], unique=False)

    op.create_table(
        "site_brand",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("colour", sa.String(length=7), nullable=False),
        sa.Column("imprint", sa.Text(), nullable=False),
        sa.Column("frame_ancestors", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.name"], name=op.f("fk_site_brand_site_site")),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_site_brand")),
    )
    op.create_table(
        "site_facility",
        sa.Column("facility", sa.String(length=460), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.name"], name=op.f("fk_site_facility_site_site")),
        sa.PrimaryKeyConstraint("facility", name=op.f("pk_site_facility")),
    )
    with op.batch_alter_table("site_facility", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_site_facility_site"), ["site"], unique=False)

    op.create_table(
        "case_block",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("word", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_block_case_id_case")),
        sa.PrimaryKeyConstraint("key", "case_id", name=op.f("pk_case_block")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("case_block", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_block_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_key",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_key_case_id_case")),
        sa.PrimaryKeyConstraint("case_id", "key", name=op.f("pk_case_key")),
    )
    with op.batch_alter_table("case_key", schema=None) as batch_op:
        batch_op.create_index("ix_case_key_site_key", ["site", "key"], unique=False)

    op.create_table(
        "case_source",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("told_as", sa.String(length=64), nullable=False),
        sa.Column("received_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('json', 'hl7', 'fhir', 'csv', 'xlsx', 'pdf', 'docx', 'rtf', 'text', 'xml', 'sr')",
            name=op.f("ck_case_source_kind"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_source_case_id_case")),
        sa.ForeignKeyConstraint(["site"], ["site.name"], name=op.f("fk_case_source_site_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_source")),
    )
    with op.batch_alter_table("case_source", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_source_blob"), ["blob"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_source_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_case_source_site_digest", ["site", "digest"], unique=False)

    op.create_table(
        "study",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("study_instance_uid", sa.String(length=64), nullable=False),
        sa.Column("study_uid", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient_name", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.String(length=8), nullable=False),
        sa.Column("birth_time", sa.String(length=4), nullable=False),
        sa.Column("sex", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("accession_number", sa.String(length=64), nullable=False),
        sa.Column("accession_issuer", sa.String(length=128), nullable=False),
        sa.Column("study_id", sa.String(length=64), nullable=False),
        sa.Column("study_date", sa.String(length=8), nullable=False),
        sa.Column("study_time", sa.String(length=16), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("referring_physician", sa.Text(), nullable=False),
        sa.Column("modality", sa.String(length=16), nullable=False),
        sa.Column("body_part", sa.String(length=64), nullable=False),
        sa.Column("birth_names", sa.JSON(), nullable=False),
        sa.Column("other_names", sa.JSON(), nullable=False),
        sa.Column("other_identities", sa.JSON(), nullable=False),
        sa.Column("other_ids", sa.JSON(), nullable=False),
        sa.Column("addresses", sa.JSON(), nullable=False),
        sa.Column("telephones", sa.JSON(), nullable=False),
        sa.Column("hints", sa.JSON(), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("fitness", sa.JSON(), nullable=False),
        sa.Column("accepted_by", sa.String(length=120), nullable=True),
        sa.Column("searched_for", sa.String(length=64), nullable=False),
        sa.Column("received_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_received_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("whole_at", config.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("wanted_revision", sa.Integer(), nullable=False),
        sa.Column("started_revision", sa.Integer(), nullable=False),
        sa.Column("finished_revision", sa.Integer(), nullable=False),
        sa.Column("settling", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("again_at", config.database.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('arriving', 'unmatched', 'held', 'published', 'read', 'purged')", name=op.f("ck_study_state")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_study_patient_id_patient")),
        sa.ForeignKeyConstraint(["site"], ["site.name"], name=op.f("fk_study_site_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study")),
        sa.UniqueConstraint("site", "study_instance_uid", name=op.f("uq_study_site_study_instance_uid")),
        sa.UniqueConstraint("study_uid", name=op.f("uq_study_study_uid")),
    )
    with op.batch_alter_table("study", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_study_again_at"), ["again_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_study_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_study_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_study_study_date"), ["study_date"], unique=False)
        batch_op.create_index("ix_study_todo", ["wanted_revision", "started_revision"], unique=False)

    op.create_table(
        "upload_link",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("single_use", sa.Boolean(), nullable=False),
        sa.Column("used_by", sa.String(length=32), nullable=True),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_upload_link_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_link")),
    )
    with op.batch_alter_table("upload_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_link_case_id"), ["case_id"], unique=False)

    op.create_table(
        "cleaned_words",
        sa.Column("study_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.Column("doubtful", sa.Integer(), nullable=False),
        sa.Column("edited_by", sa.String(length=120), nullable=True),
        sa.Column("approved_by", sa.String(length=120), nullable=True),
        sa.Column("approved_at", config.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("approved_as_theirs", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_cleaned_words_study_id_study")),
        sa.PrimaryKeyConstraint("study_id", name=op.f("pk_cleaned_words")),
    )
    op.create_table(
        "match",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("study_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("after_read", sa.Boolean(), nullable=False),
        sa.Column("ended_at", config.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=120), nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=True),
        sa.CheckConstraint("how in ('auto', 'person', 'merge')", name=op.f("ck_match_how")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_match_case_id_case")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_match_study_id_study")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match")),
    )
    with op.batch_alter_table("match", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_match_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_match_study_id"), ["study_id"], unique=False)
        batch_op.create_index(
            "uq_match_one_active",
            ["study_id"],
            unique=True,
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )

    op.create_table(
        "one_person",
        sa.Column("study_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("one_with_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["one_with_id"], ["patient.id"], name=op.f("fk_one_person_one_with_id_patient")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_one_person_patient_id_patient")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_one_person_study_id_study")),
        sa.PrimaryKeyConstraint("study_id", "patient_id", name=op.f("pk_one_person")),
    )
    op.create_table(
        "received_object",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("receipt", sa.String(length=160), nullable=False),
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("received_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.Column("study_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("series_instance_uid", sa.String(length=64), nullable=False),
        sa.Column("sop_instance_uid", sa.String(length=64), nullable=False),
        sa.Column("sop_class_uid", sa.String(length=64), nullable=False),
        sa.Column("transfer_syntax_uid", sa.String(length=64), nullable=False),
        sa.Column("modality", sa.String(length=16), nullable=False),
        sa.Column("first", sa.Boolean(), nullable=False),
        sa.Column("vouched", sa.Boolean(), nullable=False),
        sa.Column("face_vouched", sa.Boolean(), nullable=False),
        sa.Column("drawn", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("derived_blob", sa.String(length=64), nullable=True),
        sa.Column("derived_uid", sa.String(length=64), nullable=True),
        sa.Column("audit", sa.String(length=64), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("facts", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("other_patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("disposition", sa.String(length=16), nullable=True),
        sa.Column("reason_code", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("discarded_at", config.database.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "disposition in ('published', 'duplicate', 'conflict', 'quarantined', 'kept')",
            name=op.f("ck_received_object_disposition"),
        ),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_received_object_delivery_id_delivery")),
        sa.ForeignKeyConstraint(
            ["other_patient_id"], ["patient.id"], name=op.f("fk_received_object_other_patient_id_patient")
        ),
        sa.ForeignKeyConstraint(["site"], ["site.name"], name=op.f("fk_received_object_site_site")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_received_object_study_id_study")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_object")),
        sa.UniqueConstraint("receipt", name=op.f("uq_received_object_receipt")),
    )
    with op.batch_alter_table("received_object", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_received_object_blob"), ["blob"], unique=False)
        batch_op.create_index(batch_op.f("ix_received_object_delivery_id"), ["delivery_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_received_object_disposition"), ["disposition"], unique=False)
        batch_op.create_index("ix_received_object_instance", ["site", "sop_instance_uid"], unique=False)
        batch_op.create_index("ix_received_object_received_at", ["received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_received_object_study_id"), ["study_id"], unique=False)
        batch_op.create_index(
            "uq_received_object_first",
            ["study_id", "sop_instance_uid"],
            unique=True,
            sqlite_where=sa.text("first"),
            postgresql_where=sa.text("first"),
        )

    op.create_table(
        "rejection",
        sa.Column("study_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_rejection_case_id_case")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_rejection_study_id_study")),
        sa.PrimaryKeyConstraint("study_id", "case_id", name=op.f("pk_rejection")),
    )
    op.create_table(
        "return_job",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("outbox_id", sa.BigInteger(), nullable=False),
        sa.Column("read_id", sa.String(length=32), nullable=False),
        sa.Column("addendum_id", sa.String(length=32), nullable=True),
        sa.Column("study_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("sent_at", config.database.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('waiting', 'sent', 'no-address')", name=op.f("ck_return_job_state")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_return_job_study_id_study")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_job")),
        sa.UniqueConstraint("outbox_id", name=op.f("uq_return_job_outbox_id")),
    )
    with op.batch_alter_table("return_job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_return_job_next_at"), ["next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_return_job_read_id"), ["read_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_return_job_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_return_job_study_id"), ["study_id"], unique=False)

    op.create_table(
        "second_look",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("study_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_second_look_case_id_case")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_second_look_study_id_study")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_look")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("second_look", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_second_look_study_id"), ["study_id"], unique=False)

    op.create_table(
        "study_block",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("study_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_study_block_study_id_study")),
        sa.PrimaryKeyConstraint("key", "study_id", name=op.f("pk_study_block")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("study_block", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_study_block_study_id"), ["study_id"], unique=False)

    op.create_table(
        "upload_session",
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("framed", sa.Boolean(), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("link_id", sa.String(length=32), nullable=True),
        sa.Column("csrf_token", sa.String(length=64), nullable=False),
        sa.Column("created_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", config.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_upload_session_case_id_case")),
        sa.ForeignKeyConstraint(["link_id"], ["upload_link.id"], name=op.f("fk_upload_session_link_id_upload_link")),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_upload_session")),
    )
    with op.batch_alter_table("upload_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_session_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "attachment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("received_object_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("report_date", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind in ('pdf', 'docx', 'rtf', 'text', 'jpeg', 'png', 'tiff', 'sr', 'epdf', 'ecda', 'model')",
            name=op.f("ck_attachment_kind"),
        ),
        sa.CheckConstraint("state in ('waiting', 'done', 'failed')", name=op.f("ck_attachment_state")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_attachment_case_id_case")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_attachment_delivery_id_delivery")),
        sa.ForeignKeyConstraint(
            ["received_object_id"],
            ["received_object.id"],
            name=op.f("fk_attachment_received_object_id_received_object"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("received_object_id", name=op.f("uq_attachment_received_object_id")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attachment_delivery_id"), ["delivery_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attachment_state"), ["state"], unique=False)

    for change in ("UPDATE", "DELETE"):
        refuse_changes("identity_audit", change)
