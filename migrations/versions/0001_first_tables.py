"""First tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("postal_address", sa.String(length=500), nullable=False),
        sa.Column("privacy_contact", sa.String(length=254), nullable=False),
        sa.Column("accent_colour", sa.String(length=7), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("logo_hash", sa.String(length=16), nullable=True),
        sa.Column("is_one_question_per_screen", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("key", name=op.f("uq_agency_key")),
    )
    op.create_table(
        "attempt_count",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("n_attempts", sa.Integer(), nullable=False),
        sa.Column("window_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_attempt_count")),
    )
    op.create_index(op.f("ix_attempt_count_window_ends_at"), "attempt_count", ["window_ends_at"], unique=False)
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject_type", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("previous_hash", sa.String(length=64), nullable=True),
        sa.Column("entry_hash", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "(number IS NULL) = (entry_hash IS NULL) AND (number IS NULL) = (previous_hash IS NULL)",
            name=op.f("ck_audit_entry_sealed_whole"),
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_audit_entry_number_is_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject_type", "subject_id"], unique=False)
    op.create_index(
        "uq_audit_entry_entry_hash",
        "audit_entry",
        ["entry_hash"],
        unique=True,
        sqlite_where=sa.text("entry_hash IS NOT NULL"),
        postgresql_where=sa.text("entry_hash IS NOT NULL"),
    )
    op.create_index(
        "uq_audit_entry_number",
        "audit_entry",
        ["number"],
        unique=True,
        sqlite_where=sa.text("number IS NOT NULL"),
        postgresql_where=sa.text("number IS NOT NULL"),
    )
    op.create_index(
        "uq_audit_entry_previous_hash",
        "audit_entry",
        ["previous_hash"],
        unique=True,
        sqlite_where=sa.text("previous_hash IS NOT NULL"),
        postgresql_where=sa.text("previous_hash IS NOT NULL"),
    )
    op.create_table(
        "outbox_switch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_reason", sa.String(length=200), nullable=False),
        sa.Column("n_faults", sa.Integer(), nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_fault", sa.String(length=500), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_outbox_switch_there_is_one")),
        sa.CheckConstraint("n_faults >= 0", name=op.f("ck_outbox_switch_faults_are_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_switch")),
    )
    op.create_table(
        "outgoing_email",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("deduplication_key", sa.String(length=200), nullable=False),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "leased",
                "sent",
                "deferred",
                "failed",
                "in_doubt",
                "dead",
                "cancelled",
                "suppressed",
                "expired",
                "held",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("n_attempts", sa.Integer(), nullable=False),
        sa.Column("n_doubts", sa.Integer(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_id", sa.String(length=32), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.String(length=255), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_code", sa.Integer(), nullable=True),
        sa.Column("last_reply", sa.String(length=500), nullable=False),
        sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bounce_status", sa.String(length=16), nullable=True),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'leased') = (lease_id IS NOT NULL) AND (lease_id IS NULL) = (leased_until IS NULL)",
            name=op.f("ck_outgoing_email_leased_has_its_lease"),
        ),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_outgoing_email_sent_has_its_date")
        ),
        sa.CheckConstraint("begun_at IS NULL OR state = 'leased'", name=op.f("ck_outgoing_email_begun_is_leased")),
        sa.CheckConstraint("language IN ('fr', 'en')", name=op.f("ck_outgoing_email_language")),
        sa.CheckConstraint(
            "state IN ('queued', 'deferred', 'in_doubt') OR due_at IS NULL",
            name=op.f("ck_outgoing_email_settled_is_not_due"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('queued', 'deferred') OR due_at IS NOT NULL", name=op.f("ck_outgoing_email_pending_is_due")
        ),
        sa.CheckConstraint(
            "(bounce_status IS NULL) = (bounced_at IS NULL)", name=op.f("ck_outgoing_email_bounced_has_its_date")
        ),
        sa.CheckConstraint(
            "begun_at IS NULL OR message_id IS NOT NULL", name=op.f("ck_outgoing_email_begun_has_its_message_id")
        ),
        sa.CheckConstraint("n_attempts >= 0 AND n_doubts >= 0", name=op.f("ck_outgoing_email_counts_are_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_email")),
        sa.UniqueConstraint("deduplication_key", name=op.f("uq_outgoing_email_deduplication_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outgoing_email_message_id")),
    )
    op.create_index("ix_outgoing_email_claimed_at_domain", "outgoing_email", ["claimed_at", "domain"], unique=False)
    op.create_index(op.f("ix_outgoing_email_client_id"), "outgoing_email", ["client_id"], unique=False)
    op.create_index("ix_outgoing_email_due_at_id", "outgoing_email", ["due_at", "id"], unique=False)
    op.create_index(op.f("ix_outgoing_email_leased_until"), "outgoing_email", ["leased_until"], unique=False)
    op.create_index(op.f("ix_outgoing_email_recipient"), "outgoing_email", ["recipient"], unique=False)
    op.create_index("ix_outgoing_email_wave_id_state", "outgoing_email", ["wave_id", "state"], unique=False)
    op.create_table(
        "user",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "administrator",
                "quality_lead",
                "account_manager",
                "finance",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sees_all_clients", sa.Boolean(), nullable=False),
        sa.Column("sealed_totp_secret", sa.String(length=255), nullable=True),
        sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_last_period", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('fr', 'en')", name=op.f("ck_user_language")),
        sa.CheckConstraint("email = lower(trim(email))", name=op.f("ck_user_email_is_normalised")),
        sa.CheckConstraint(
            "totp_confirmed_at IS NULL OR sealed_totp_secret IS NOT NULL",
            name=op.f("ck_user_second_factor_has_its_secret"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
    )
    op.create_table(
        "client",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agency_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('fr', 'en')", name=op.f("ck_client_language")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_client_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
        sa.UniqueConstraint("key", name=op.f("uq_client_key")),
    )
    op.create_index(op.f("ix_client_agency_id"), "client", ["agency_id"], unique=False)
    op.create_table(
        "mail_wording",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agency_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('fr', 'en')", name=op.f("ck_mail_wording_language")),
        sa.CheckConstraint("subject <> '' AND message <> ''", name=op.f("ck_mail_wording_says_something")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_mail_wording_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_wording")),
        sa.UniqueConstraint("agency_id", "kind", "language", name=op.f("uq_mail_wording_agency_id_kind_language")),
    )
    op.create_table(
        "own_indicator",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agency_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("theme", sa.String(length=32), nullable=False),
        sa.Column("label_fr", sa.String(length=200), nullable=False),
        sa.Column("label_en", sa.String(length=200), nullable=False),
        sa.Column("purpose_fr", sa.Text(), nullable=False),
        sa.Column("purpose_en", sa.Text(), nullable=False),
        sa.Column("measure", sa.String(length=32), nullable=False),
        sa.Column("occasion", sa.String(length=32), nullable=False),
        sa.Column("obligor", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("direction IN ('up', 'down')", name=op.f("ck_own_indicator_direction")),
        sa.CheckConstraint("key LIKE 'own!_%%' ESCAPE '!'", name=op.f("ck_own_indicator_key_is_apart")),
        sa.CheckConstraint(
            "measure IN ('survey', 'factual', 'mixed', 'contractual', 'unspecified')",
            name=op.f("ck_own_indicator_measure"),
        ),
        sa.CheckConstraint(
            "measure NOT IN ('factual', 'mixed') OR expression <> ''",
            name=op.f("ck_own_indicator_fact_has_its_formula"),
        ),
        sa.CheckConstraint("obligor IN ('agency', 'client', 'both')", name=op.f("ck_own_indicator_obligor")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_own_indicator_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_indicator")),
        sa.UniqueConstraint("agency_id", "key", name=op.f("uq_own_indicator_agency_id_key")),
    )
    op.create_index(op.f("ix_own_indicator_agency_id"), "own_indicator", ["agency_id"], unique=False)
    op.create_table(
        "password_reset",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_password_reset_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_reset")),
    )
    op.create_index(op.f("ix_password_reset_user_id"), "password_reset", ["user_id"], unique=False)
    op.create_table(
        "plan_calendar",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_plan_calendar_version_is_positive")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_plan_calendar_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_plan_calendar")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_plan_calendar_token_hash")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_recovery_code_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("user_id", "code_hash", name=op.f("uq_recovery_code_user_id_code_hash")),
    )
    op.create_table(
        "staff_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("expires_at > opened_at", name=op.f("ck_staff_session_expires_later")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_staff_session_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_session")),
    )
    op.create_index(op.f("ix_staff_session_user_id"), "staff_session", ["user_id"], unique=False)
    op.create_table(
        "agreement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_agreement_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index(op.f("ix_agreement_client_id"), "agreement", ["client_id"], unique=False)
    op.create_table(
        "client_access",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_client_access_client_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_client_access_user_id")),
        sa.PrimaryKeyConstraint("user_id", "client_id", name=op.f("pk_client_access")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "civility",
            sa.Enum("madam", "sir", "neutral", name="civility", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "marketing",
                "purchasing",
                "management",
                "cost_control",
                "other",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("job_title", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("is_signatory", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "address_state",
            sa.Enum("ok", "soft", "dead", name="address_state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('fr', 'en')", name=op.f("ck_contact_language")),
        sa.CheckConstraint("email = lower(trim(email))", name=op.f("ck_contact_email_is_normalised")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_contact_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("client_id", "email", name=op.f("uq_contact_client_id_email")),
    )
    op.create_index(op.f("ix_contact_client_id"), "contact", ["client_id"], unique=False)
    op.create_table(
        "agreement_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agreement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "proposed",
                "validated",
                "superseded",
                "ended",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("rounding_digits", sa.Integer(), nullable=False),
        sa.Column("bonus_scheme", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("role_shares", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("validated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agency_signatory", sa.String(length=200), nullable=False),
        sa.Column("client_signatory", sa.String(length=200), nullable=False),
        sa.Column("frozen_content", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state IN ('draft', 'proposed')) = (validated_at IS NULL)",
            name=op.f("ck_agreement_version_validated_has_its_date"),
        ),
        sa.CheckConstraint(
            "(validated_at IS NULL) = (content_hash IS NULL)", name=op.f("ck_agreement_version_validated_has_its_hash")
        ),
        sa.CheckConstraint(
            "content_hash IS NULL OR frozen_content IS NOT NULL", name=op.f("ck_agreement_version_hash_has_its_content")
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_agreement_version_period_is_ordered")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_agreement_version_number_is_positive")),
        sa.CheckConstraint("rounding_digits BETWEEN 0 AND 6", name=op.f("ck_agreement_version_rounding_is_printable")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_agreement_version_agreement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_version")),
        sa.UniqueConstraint("agreement_id", "number", name=op.f("uq_agreement_version_agreement_id_number")),
    )
    op.create_index(op.f("ix_agreement_version_agreement_id"), "agreement_version", ["agreement_id"], unique=False)
    op.create_index(
        "uq_agreement_version_in_force",
        "agreement_version",
        ["agreement_id"],
        unique=True,
        sqlite_where=sa.text("state = 'validated'"),
        postgresql_where=sa.text("state = 'validated'"),
    )
    op.create_index(
        "uq_agreement_version_open",
        "agreement_version",
        ["agreement_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('draft', 'proposed')"),
        postgresql_where=sa.text("state IN ('draft', 'proposed')"),
    )
    op.create_table(
        "baseline",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agreement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("indicator_key", sa.String(length=64), nullable=False),
        sa.Column("mark", sa.String(length=200), nullable=False),
        sa.Column("measured_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_baseline_agreement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baseline")),
        sa.UniqueConstraint("agreement_id", "indicator_key", name=op.f("uq_baseline_agreement_id_indicator_key")),
    )
    op.create_index(op.f("ix_baseline_agreement_id"), "baseline", ["agreement_id"], unique=False)
    op.create_table(
        "campaign",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agreement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("barometer", "campaign_review", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("questionnaire_key", sa.String(length=64), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "named", "confidential", "anonymous", name="mode", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "disclosure",
            sa.Enum("overall", "marks", name="disclosure", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "recurrence",
            sa.Enum(
                "monthly",
                "every_two_months",
                "quarterly",
                "half_yearly",
                "yearly",
                name="recurrence",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("n_days_open", sa.Integer(), nullable=False),
        sa.Column("reminds_half_way", sa.Boolean(), nullable=False),
        sa.Column("reminds_last_day", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind = 'barometer' OR recurrence IS NULL", name=op.f("ck_campaign_review_follows_an_event")
        ),
        sa.CheckConstraint("n_days_open BETWEEN 1 AND 180", name=op.f("ck_campaign_days_open_are_sensible")),
        sa.CheckConstraint(
            "recurrence IS NULL OR first_on IS NOT NULL", name=op.f("ck_campaign_recurrence_has_its_first_day")
        ),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_campaign_agreement_id")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_campaign_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("agreement_id", "title", name=op.f("uq_campaign_agreement_id_title")),
    )
    op.create_index(op.f("ix_campaign_agreement_id"), "campaign", ["agreement_id"], unique=False)
    op.create_index(op.f("ix_campaign_client_id"), "campaign", ["client_id"], unique=False)
    op.create_table(
        "evidence_document",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agreement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("indicator_key", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("owner_email", sa.String(length=254), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.String(length=200), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("validated_by", sa.String(length=200), nullable=True),
        sa.Column("validated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(validated_at IS NULL) = (validated_by IS NULL)",
            name=op.f("ck_evidence_document_validated_has_its_person"),
        ),
        sa.CheckConstraint(
            "expires_on IS NULL OR expires_on >= reviewed_on", name=op.f("ck_evidence_document_expires_after_review")
        ),
        sa.CheckConstraint(
            "validated_by <> entered_by", name=op.f("ck_evidence_document_validated_by_a_second_person")
        ),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_evidence_document_agreement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_document")),
    )
    op.create_index(op.f("ix_evidence_document_agreement_id"), "evidence_document", ["agreement_id"], unique=False)
    op.create_index(
        "uq_evidence_document_current",
        "evidence_document",
        ["agreement_id", "indicator_key"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_table(
        "measurement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agreement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("indicator_key", sa.String(length=64), nullable=False),
        sa.Column("period_key", sa.String(length=10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("observed_on", sa.Date(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("entered_by", sa.String(length=200), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("validated_by", sa.String(length=200), nullable=True),
        sa.Column("validated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(validated_at IS NULL) = (validated_by IS NULL)", name=op.f("ck_measurement_validated_has_its_person")
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_measurement_period_is_ordered")),
        sa.CheckConstraint(
            "observed_on >= starts_on AND observed_on <= ends_on", name=op.f("ck_measurement_observed_in_its_period")
        ),
        sa.CheckConstraint("validated_by <> entered_by", name=op.f("ck_measurement_validated_by_a_second_person")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_measurement_agreement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurement")),
    )
    op.create_index(op.f("ix_measurement_agreement_id"), "measurement", ["agreement_id"], unique=False)
    op.create_index(
        "uq_measurement_current",
        "measurement",
        ["agreement_id", "indicator_key", "period_key"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_table(
        "commitment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("indicator_key", sa.String(length=64), nullable=False),
        sa.Column(
            "obligor",
            sa.Enum("agency", "client", "both", name="obligor", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "measure",
            sa.Enum(
                "survey",
                "factual",
                "mixed",
                "contractual",
                name="measure",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "direction",
            sa.Enum("up", "down", name="direction", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "frequency",
            sa.Enum(
                "monthly",
                "quarterly",
                "half_yearly",
                "yearly",
                "campaign_review",
                "contract",
                name="frequency",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("objective", sa.Text(), nullable=False),
        sa.Column("objective_on", sa.Date(), nullable=True),
        sa.Column("threshold", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=True),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("survey_share", sa.BigInteger(), nullable=True),
        sa.Column("conversion", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("written_measure", sa.Text(), nullable=False),
        sa.Column("accountable", sa.String(length=200), nullable=False),
        sa.Column("sanction_acceptance", sa.Text(), nullable=False),
        sa.Column("is_paying", sa.Boolean(), nullable=False),
        sa.Column("is_internal", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(measure = 'mixed') = (survey_share IS NOT NULL)", name=op.f("ck_commitment_mixed_states_its_blend")
        ),
        sa.CheckConstraint("NOT (is_internal AND is_paying)", name=op.f("ck_commitment_internal_never_pays")),
        sa.CheckConstraint(
            "survey_share IS NULL OR (survey_share > 0 AND survey_share < 1000)",
            name=op.f("ck_commitment_blend_has_two_parts"),
        ),
        sa.CheckConstraint(
            "target IS NULL OR (target >= threshold AND target <= 10000)", name=op.f("ck_commitment_target_on_scale")
        ),
        sa.CheckConstraint("threshold >= 0 AND threshold <= 10000", name=op.f("ck_commitment_threshold_on_scale")),
        sa.CheckConstraint("weight >= 0", name=op.f("ck_commitment_weight_is_not_negative")),
        sa.ForeignKeyConstraint(["version_id"], ["agreement_version.id"], name=op.f("fk_commitment_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
        sa.UniqueConstraint("version_id", "indicator_key", name=op.f("uq_commitment_version_id_indicator_key")),
    )
    op.create_index(op.f("ix_commitment_version_id"), "commitment", ["version_id"], unique=False)
    op.create_table(
        "evidence_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("measurement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("n_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uploaded_by", sa.String(length=200), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(measurement_id IS NULL) <> (document_id IS NULL)", name=op.f("ck_evidence_file_proves_one_thing")
        ),
        sa.CheckConstraint("n_bytes > 0", name=op.f("ck_evidence_file_is_not_empty")),
        sa.ForeignKeyConstraint(["document_id"], ["evidence_document.id"], name=op.f("fk_evidence_file_document_id")),
        sa.ForeignKeyConstraint(["measurement_id"], ["measurement.id"], name=op.f("fk_evidence_file_measurement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_file")),
        sa.UniqueConstraint(
            "measurement_id", "document_id", "sha256", name=op.f("uq_evidence_file_measurement_id_document_id_sha256")
        ),
    )
    op.create_index(op.f("ix_evidence_file_document_id"), "evidence_file", ["document_id"], unique=False)
    op.create_index(op.f("ix_evidence_file_measurement_id"), "evidence_file", ["measurement_id"], unique=False)
    op.create_table(
        "evidence_test",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tested_on", sa.Date(), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.Column("measured", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.String(length=200), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["evidence_document.id"], name=op.f("fk_evidence_test_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_test")),
    )
    op.create_index(op.f("ix_evidence_test_document_id"), "evidence_test", ["document_id"], unique=False)
    op.create_table(
        "proposal_round",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("agency_signatory", sa.String(length=200), nullable=False),
        sa.Column("agency_email", sa.String(length=254), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("token_version", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "open",
                "answered",
                "accepted",
                "withdrawn",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'open') = (ended_at IS NULL)", name=op.f("ck_proposal_round_ended_has_its_date")
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_proposal_round_number_is_positive")),
        sa.CheckConstraint("token_version >= 1", name=op.f("ck_proposal_round_token_version_is_positive")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_proposal_round_contact_id")),
        sa.ForeignKeyConstraint(["version_id"], ["agreement_version.id"], name=op.f("fk_proposal_round_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_round")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_proposal_round_token_hash")),
        sa.UniqueConstraint("version_id", "number", name=op.f("uq_proposal_round_version_id_number")),
    )
    op.create_index(op.f("ix_proposal_round_contact_id"), "proposal_round", ["contact_id"], unique=False)
    op.create_index(op.f("ix_proposal_round_version_id"), "proposal_round", ["version_id"], unique=False)
    op.create_index(
        "uq_proposal_round_open",
        "proposal_round",
        ["version_id"],
        unique=True,
        sqlite_where=sa.text("outcome = 'open'"),
        postgresql_where=sa.text("outcome = 'open'"),
    )
    op.create_table(
        "wave",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "open",
                "closed",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("launched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(length=200), nullable=False),
        sa.Column("obstacle", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("agreement_version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("questionnaire_version", sa.Integer(), nullable=True),
        sa.Column("definition", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("definition_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(confirmed_at IS NULL) = (confirmed_by = '')", name=op.f("ck_wave_confirmed_by_someone")),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_wave_closed_has_its_date")),
        sa.CheckConstraint(
            "CASE state WHEN 'draft' THEN launched_at IS NULL WHEN 'cancelled' THEN cancelled_at IS NOT NULL ELSE launched_at IS NOT NULL END",
            name=op.f("ck_wave_launched_has_its_date"),
        ),
        sa.CheckConstraint("cancelled_at IS NULL OR state = 'cancelled'", name=op.f("ck_wave_cancelled_has_its_date")),
        sa.CheckConstraint(
            "erased_at IS NULL OR state IN ('closed', 'cancelled')", name=op.f("ck_wave_erased_is_over")
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_wave_period_is_ordered")),
        sa.CheckConstraint(
            "launched_at IS NULL OR (agreement_version_id IS NOT NULL AND definition IS NOT NULL)",
            name=op.f("ck_wave_launched_is_frozen"),
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_wave_number_is_positive")),
        sa.ForeignKeyConstraint(
            ["agreement_version_id"], ["agreement_version.id"], name=op.f("fk_wave_agreement_version_id")
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_wave_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave")),
        sa.UniqueConstraint("campaign_id", "number", name=op.f("uq_wave_campaign_id_number")),
    )
    op.create_index(op.f("ix_wave_campaign_id"), "wave", ["campaign_id"], unique=False)
    op.create_index("ix_wave_state_ends_at", "wave", ["state", "ends_at"], unique=False)
    op.create_table(
        "action_plan",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("agreement_version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("leader_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("indicator_key", sa.String(length=64), nullable=False),
        sa.Column("is_breach", sa.Boolean(), nullable=False),
        sa.Column("is_internal", sa.Boolean(), nullable=False),
        sa.Column(
            "party",
            sa.Enum("agency", "client", "both", name="party", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "drafted",
                "proposed",
                "agreed",
                "under_way",
                "done",
                "settled",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("exact_score", sa.String(length=200), nullable=True),
        sa.Column("threshold", sa.BigInteger(), nullable=False),
        sa.Column("nonconformity", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column(
            "cause_kind",
            sa.Enum(
                "brief",
                "method",
                "people",
                "means",
                "communication",
                "partner",
                "other",
                name="cause_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("constraints", sa.Text(), nullable=False),
        sa.Column("actors", sa.Text(), nullable=False),
        sa.Column("success_level", sa.BigInteger(), nullable=False),
        sa.Column("min_respondents", sa.Integer(), nullable=False),
        sa.Column("judging_campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("judging_wave_number", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seal", sa.String(length=64), nullable=True),
        sa.Column(
            "verdict",
            sa.Enum(
                "effective",
                "not_effective",
                "cannot_tell",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("verdict_reason", sa.Text(), nullable=False),
        sa.Column("settled_by_wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "state <> 'settled' OR verdict IS NOT NULL", name=op.f("ck_action_plan_settled_has_its_verdict")
        ),
        sa.CheckConstraint(
            "state NOT IN ('agreed', 'under_way', 'done') OR sealed_at IS NOT NULL",
            name=op.f("ck_action_plan_sealed_before_work"),
        ),
        sa.CheckConstraint("(sealed_at IS NULL) = (seal IS NULL)", name=op.f("ck_action_plan_seal_has_its_date")),
        sa.CheckConstraint(
            "(verdict IS NULL) = (settled_by_wave_id IS NULL)", name=op.f("ck_action_plan_verdict_has_its_wave")
        ),
        sa.CheckConstraint(
            "NOT is_breach OR (wave_id IS NOT NULL AND exact_score IS NOT NULL)",
            name=op.f("ck_action_plan_breach_has_its_wave"),
        ),
        sa.CheckConstraint("leader_id IS NULL OR leader_id <> id", name=op.f("ck_action_plan_leads_another")),
        sa.CheckConstraint("min_respondents >= 1", name=op.f("ck_action_plan_someone_must_answer")),
        sa.CheckConstraint(
            "success_level >= threshold AND success_level <= 10000", name=op.f("ck_action_plan_success_on_scale")
        ),
        sa.ForeignKeyConstraint(
            ["agreement_version_id"], ["agreement_version.id"], name=op.f("fk_action_plan_agreement_version_id")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_action_plan_client_id")),
        sa.ForeignKeyConstraint(
            ["judging_campaign_id"], ["campaign.id"], name=op.f("fk_action_plan_judging_campaign_id")
        ),
        sa.ForeignKeyConstraint(["leader_id"], ["action_plan.id"], name=op.f("fk_action_plan_leader_id")),
        sa.ForeignKeyConstraint(["settled_by_wave_id"], ["wave.id"], name=op.f("fk_action_plan_settled_by_wave_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_action_plan_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_plan")),
    )
    op.create_index(op.f("ix_action_plan_client_id"), "action_plan", ["client_id"], unique=False)
    op.create_index(op.f("ix_action_plan_judging_campaign_id"), "action_plan", ["judging_campaign_id"], unique=False)
    op.create_index(op.f("ix_action_plan_leader_id"), "action_plan", ["leader_id"], unique=False)
    op.create_index(op.f("ix_action_plan_wave_id"), "action_plan", ["wave_id"], unique=False)
    op.create_index(
        "uq_action_plan_breach",
        "action_plan",
        ["wave_id", "indicator_key"],
        unique=True,
        sqlite_where=sa.text("is_breach"),
        postgresql_where=sa.text("is_breach"),
    )
    op.create_table(
        "bonus",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("is_baseline", sa.Boolean(), nullable=False),
        sa.Column("trace", sa.JSON(), nullable=False),
        sa.CheckConstraint("NOT is_baseline OR amount = 0", name=op.f("ck_bonus_baseline_never_pays")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_bonus_number_is_positive")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_bonus_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bonus")),
        sa.UniqueConstraint("wave_id", "number", name=op.f("uq_bonus_wave_id_number")),
    )
    op.create_table(
        "feedback_letter",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("recall", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.CheckConstraint("sent_at IS NULL OR recall <> ''", name=op.f("ck_feedback_letter_sent_says_what_to_recall")),
        sa.CheckConstraint(
            "(sent_at IS NULL) = (token_hash IS NULL)", name=op.f("ck_feedback_letter_sent_has_its_link")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_feedback_letter_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_letter")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feedback_letter_token_hash")),
        sa.UniqueConstraint("wave_id", name=op.f("uq_feedback_letter_wave_id")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "civility",
            sa.Enum("madam", "sir", "neutral", name="civility", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "marketing",
                "purchasing",
                "management",
                "cost_control",
                "other",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("is_marked", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal_reason", sa.String(length=32), nullable=True),
        sa.Column("refusal_comment", sa.Text(), nullable=True),
        sa.Column("draft", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("draft_version", sa.Integer(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(refused_at IS NULL) = (refusal_reason IS NULL)", name=op.f("ck_invitation_refused_has_its_reason")
        ),
        sa.CheckConstraint("answered_at IS NULL OR draft IS NULL", name=op.f("ck_invitation_answered_has_no_draft")),
        sa.CheckConstraint("answered_at IS NULL OR refused_at IS NULL", name=op.f("ck_invitation_answered_or_refused")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_invitation_version_is_positive")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_invitation_contact_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_invitation_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_invitation_contact_id"), "invitation", ["contact_id"], unique=False)
    op.create_index(op.f("ix_invitation_wave_id"), "invitation", ["wave_id"], unique=False)
    op.create_index(
        "uq_invitation_current",
        "invitation",
        ["wave_id", "contact_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "line_answer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("indicator_key", sa.String(length=64), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "accept", "counter", "strike", name="decision", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("threshold", sa.BigInteger(), nullable=True),
        sa.Column("target", sa.BigInteger(), nullable=True),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column(
            "settlement",
            sa.Enum("applied", "declined", name="settlement", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.CheckConstraint(
            "settlement IS NULL OR decision <> 'accept'", name=op.f("ck_line_answer_accepted_needs_no_settlement")
        ),
        sa.CheckConstraint(
            "target IS NULL OR (target >= 0 AND target <= 10000)", name=op.f("ck_line_answer_target_on_scale")
        ),
        sa.CheckConstraint(
            "threshold IS NULL OR (threshold >= 0 AND threshold <= 10000)",
            name=op.f("ck_line_answer_threshold_on_scale"),
        ),
        sa.ForeignKeyConstraint(["round_id"], ["proposal_round.id"], name=op.f("fk_line_answer_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_answer")),
        sa.UniqueConstraint("round_id", "indicator_key", name=op.f("uq_line_answer_round_id_indicator_key")),
    )
    op.create_index(op.f("ix_line_answer_round_id"), "line_answer", ["round_id"], unique=False)
    op.create_table(
        "mark_count",
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("question_key", sa.String(length=64), nullable=False),
        sa.Column("mark", sa.Integer(), nullable=False),
        sa.Column("n_people", sa.Integer(), nullable=False),
        sa.CheckConstraint("mark >= 0 AND mark <= 10", name=op.f("ck_mark_count_mark_on_scale")),
        sa.CheckConstraint("n_people > 0", name=op.f("ck_mark_count_counts_someone")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_mark_count_wave_id")),
        sa.PrimaryKeyConstraint("wave_id", "question_key", "mark", name=op.f("pk_mark_count")),
    )
    op.create_index("ix_mark_count_question_key", "mark_count", ["question_key"], unique=False)
    op.create_table(
        "reminder",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_reminder_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("wave_id", "due_at", name=op.f("uq_reminder_wave_id_due_at")),
    )
    op.create_index(op.f("ix_reminder_wave_id"), "reminder", ["wave_id"], unique=False)
    op.create_table(
        "result_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_version", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("token_version >= 1", name=op.f("ck_result_link_token_version_is_positive")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_result_link_contact_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_result_link_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_result_link_token_hash")),
        sa.UniqueConstraint("wave_id", "contact_id", name=op.f("uq_result_link_wave_id_contact_id")),
    )
    op.create_index(op.f("ix_result_link_contact_id"), "result_link", ["contact_id"], unique=False)
    op.create_index(op.f("ix_result_link_wave_id"), "result_link", ["wave_id"], unique=False)
    op.create_table(
        "score",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "indicator", "theme", "overall", name="level", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("subject_key", sa.String(length=64), nullable=False),
        sa.Column(
            "obligor",
            sa.Enum("agency", "client", "both", name="obligor", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "measure",
            sa.Enum(
                "survey",
                "factual",
                "mixed",
                "contractual",
                name="measure",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("is_internal", sa.Boolean(), nullable=False),
        sa.Column("exact", sa.String(length=200), nullable=True),
        sa.Column("threshold", sa.BigInteger(), nullable=True),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("n_respondents", sa.Integer(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "met",
                "not_met",
                "inconclusive",
                "not_measurable",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("is_breach", sa.Boolean(), nullable=False),
        sa.Column("survey_mark", sa.String(length=200), nullable=True),
        sa.Column("fact_mark", sa.String(length=200), nullable=True),
        sa.Column("survey_share", sa.BigInteger(), nullable=True),
        sa.Column("absent_roles", sa.JSON(), nullable=False),
        sa.Column("method", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "(level = 'indicator') = (state IS NOT NULL) AND (level = 'indicator') = (threshold IS NOT NULL)",
            name=op.f("ck_score_only_lines_are_judged"),
        ),
        sa.CheckConstraint(
            "state IS NULL OR (exact IS NULL) = (state = 'not_measurable')",
            name=op.f("ck_score_measurable_has_its_score"),
        ),
        sa.CheckConstraint("NOT is_breach OR exact IS NOT NULL", name=op.f("ck_score_breach_has_its_score")),
        sa.CheckConstraint("n_respondents <= population", name=op.f("ck_score_respondents_within_population")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_score_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score")),
        sa.UniqueConstraint(
            "wave_id", "level", "subject_key", "obligor", name=op.f("uq_score_wave_id_level_subject_key_obligor")
        ),
    )
    op.create_index(op.f("ix_score_wave_id"), "score", ["wave_id"], unique=False)
    op.create_table(
        "score_sheet",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_score_sheet_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_sheet")),
        sa.UniqueConstraint("reference", name=op.f("uq_score_sheet_reference")),
        sa.UniqueConstraint("wave_id", name=op.f("uq_score_sheet_wave_id")),
    )
    op.create_table(
        "wave_summary",
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("n_invited", sa.Integer(), nullable=False),
        sa.Column("n_answered", sa.Integer(), nullable=False),
        sa.Column("n_rating", sa.Integer(), nullable=False),
        sa.Column("n_flagged", sa.Integer(), nullable=False),
        sa.Column("n_fewest", sa.Integer(), nullable=False),
        sa.Column("respondent_mean", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "(n_rating = 0) = (respondent_mean IS NULL)", name=op.f("ck_wave_summary_rating_has_its_mean")
        ),
        sa.CheckConstraint("n_answered <= n_invited", name=op.f("ck_wave_summary_answered_within_invited")),
        sa.CheckConstraint("n_flagged <= n_answered", name=op.f("ck_wave_summary_flagged_within_answered")),
        sa.CheckConstraint("n_rating <= n_answered", name=op.f("ck_wave_summary_rating_within_answered")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_wave_summary_wave_id")),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_wave_summary")),
    )
    op.create_table(
        "contest",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sheet_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("indicator_key", sa.String(length=64), nullable=False),
        sa.Column(
            "party",
            sa.Enum("agency", "client", name="party", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "open",
                "stands",
                "set_aside",
                "withdrawn",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(length=200), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(outcome = 'open') = (answered_at IS NULL)", name=op.f("ck_contest_answered_has_its_date")),
        sa.CheckConstraint(
            "outcome IN ('open', 'withdrawn') OR answer <> ''", name=op.f("ck_contest_answer_says_something")
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_contest_contest_has_its_reason")),
        sa.ForeignKeyConstraint(["sheet_id"], ["score_sheet.id"], name=op.f("fk_contest_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest")),
    )
    op.create_index(op.f("ix_contest_sheet_id"), "contest", ["sheet_id"], unique=False)
    op.create_index(
        "uq_contest_open",
        "contest",
        ["sheet_id", "indicator_key", "party"],
        unique=True,
        sqlite_where=sa.text("outcome = 'open'"),
        postgresql_where=sa.text("outcome = 'open'"),
    )
    op.create_table(
        "criterion_amendment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("old_level", sa.BigInteger(), nullable=False),
        sa.Column("old_min_respondents", sa.Integer(), nullable=False),
        sa.Column("old_wave_number", sa.Integer(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("min_respondents", sa.Integer(), nullable=False),
        sa.Column("wave_number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "open",
                "agreed",
                "returned",
                "withdrawn",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by", sa.String(length=200), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.String(length=200), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(outcome = 'open') = (ended_at IS NULL)", name=op.f("ck_criterion_amendment_ended_has_its_date")
        ),
        sa.CheckConstraint(
            "outcome <> 'agreed' OR answered_by <> ''", name=op.f("ck_criterion_amendment_agreed_by_someone")
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_criterion_amendment_says_why")),
        sa.ForeignKeyConstraint(["plan_id"], ["action_plan.id"], name=op.f("fk_criterion_amendment_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criterion_amendment")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_criterion_amendment_plan_id_number")),
    )
    op.create_index(op.f("ix_criterion_amendment_plan_id"), "criterion_amendment", ["plan_id"], unique=False)
    op.create_index(
        "uq_criterion_amendment_open",
        "criterion_amendment",
        ["plan_id"],
        unique=True,
        sqlite_where=sa.text("outcome = 'open'"),
        postgresql_where=sa.text("outcome = 'open'"),
    )
    op.create_table(
        "edition",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sheet_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("issued_by", sa.String(length=200), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number = 1 OR reason <> ''", name=op.f("ck_edition_correction_has_its_reason")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_edition_number_is_positive")),
        sa.ForeignKeyConstraint(["sheet_id"], ["score_sheet.id"], name=op.f("fk_edition_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("sheet_id", "number", name=op.f("uq_edition_sheet_id_number")),
    )
    op.create_index(op.f("ix_edition_sheet_id"), "edition", ["sheet_id"], unique=False)
    op.create_table(
        "plan_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("sign", "act", name="purpose", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["action_plan.id"], name=op.f("fk_plan_link_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_link")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_plan_link_plan_id_number")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_plan_link_token_hash")),
    )
    op.create_index(op.f("ix_plan_link_plan_id"), "plan_link", ["plan_id"], unique=False)
    op.create_index(
        "uq_plan_link_living",
        "plan_link",
        ["plan_id", "purpose", "email"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "plan_phase",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_plan_phase_period_is_ordered")),
        sa.ForeignKeyConstraint(["plan_id"], ["action_plan.id"], name=op.f("fk_plan_phase_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_phase")),
    )
    op.create_index(op.f("ix_plan_phase_plan_id"), "plan_phase", ["plan_id"], unique=False)
    op.create_table(
        "plan_step",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "drafted",
                "proposed",
                "agreed",
                "under_way",
                "done",
                "settled",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "verdict",
            sa.Enum(
                "effective",
                "not_effective",
                "cannot_tell",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("exact_score", sa.String(length=200), nullable=True),
        sa.Column("n_respondents", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["action_plan.id"], name=op.f("fk_plan_step_plan_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_plan_step_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_step")),
    )
    op.create_index(op.f("ix_plan_step_plan_id"), "plan_step", ["plan_id"], unique=False)
    op.create_table(
        "response",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("invitation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "marketing",
                "purchasing",
                "management",
                "cost_control",
                "other",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("receipt_code", sa.String(length=24), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n_seconds", sa.Integer(), nullable=True),
        sa.CheckConstraint("language IN ('fr', 'en')", name=op.f("ck_response_language")),
        sa.CheckConstraint("n_seconds IS NULL OR n_seconds >= 0", name=op.f("ck_response_duration_is_not_negative")),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"], name=op.f("fk_response_invitation_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_response_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_response_invitation_id")),
        sa.UniqueConstraint("receipt_code", name=op.f("uq_response_receipt_code")),
        sa.UniqueConstraint("wave_id", "id", name=op.f("uq_response_wave_id_id")),
    )
    op.create_table(
        "sheet_recipient",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sheet_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("token_version", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.String(length=200), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_edition", sa.Integer(), nullable=True),
        sa.CheckConstraint("language IN ('fr', 'en')", name=op.f("ck_sheet_recipient_language")),
        sa.CheckConstraint(
            "(read_at IS NULL) = (read_edition IS NULL)", name=op.f("ck_sheet_recipient_read_has_its_edition")
        ),
        sa.CheckConstraint("token_version >= 1", name=op.f("ck_sheet_recipient_token_version_is_positive")),
        sa.ForeignKeyConstraint(["sheet_id"], ["score_sheet.id"], name=op.f("fk_sheet_recipient_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_recipient")),
        sa.UniqueConstraint("sheet_id", "email", name=op.f("uq_sheet_recipient_sheet_id_email")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sheet_recipient_token_hash")),
    )
    op.create_index(op.f("ix_sheet_recipient_sheet_id"), "sheet_recipient", ["sheet_id"], unique=False)
    op.create_table(
        "answer",
        sa.Column("wave_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("response_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("question_key", sa.String(length=64), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("is_not_applicable", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "rating IS NOT NULL OR is_not_applicable OR comment IS NOT NULL", name=op.f("ck_answer_says_something")
        ),
        sa.CheckConstraint("rating IS NULL OR (rating >= 0 AND rating <= 10)", name=op.f("ck_answer_rating_on_scale")),
        sa.CheckConstraint("rating IS NULL OR NOT is_not_applicable", name=op.f("ck_answer_one_kind_of_answer")),
        sa.ForeignKeyConstraint(
            ["wave_id", "response_id"], ["response.wave_id", "response.id"], name=op.f("fk_answer_wave_id_response_id")
        ),
        sa.PrimaryKeyConstraint("wave_id", "response_id", "question_key", name=op.f("pk_answer")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("edition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("approved_by", sa.String(length=200), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_approval_edition_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        sa.UniqueConstraint("edition_id", name=op.f("uq_approval_edition_id")),
    )
    op.create_table(
        "plan_action",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("phase_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column(
            "party",
            sa.Enum("agency", "client", "both", name="party", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("owner_email", sa.String(length=254), nullable=False),
        sa.Column("owner_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("owner_contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "to_do",
                "under_way",
                "done",
                "dropped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("n_reminders", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "(state IN ('done', 'dropped')) = (ended_on IS NOT NULL)", name=op.f("ck_plan_action_ended_has_its_date")
        ),
        sa.CheckConstraint(
            "state NOT IN ('done', 'dropped') OR evidence <> ''", name=op.f("ck_plan_action_ended_has_its_evidence")
        ),
        sa.CheckConstraint("cost IS NULL OR cost >= 0", name=op.f("ck_plan_action_cost_is_not_negative")),
        sa.CheckConstraint("n_reminders BETWEEN 0 AND 3", name=op.f("ck_plan_action_reminders_are_counted")),
        sa.CheckConstraint("owner_user_id IS NULL OR owner_contact_id IS NULL", name=op.f("ck_plan_action_one_owner")),
        sa.CheckConstraint("starts_on IS NULL OR due_on >= starts_on", name=op.f("ck_plan_action_period_is_ordered")),
        sa.ForeignKeyConstraint(["owner_contact_id"], ["contact.id"], name=op.f("fk_plan_action_owner_contact_id")),
        sa.ForeignKeyConstraint(["owner_user_id"], ["user.id"], name=op.f("fk_plan_action_owner_user_id")),
        sa.ForeignKeyConstraint(
            ["phase_id"], ["plan_phase.id"], name=op.f("fk_plan_action_phase_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["action_plan.id"], name=op.f("fk_plan_action_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_action")),
    )
    op.create_index(op.f("ix_plan_action_due_on"), "plan_action", ["due_on"], unique=False)
    op.create_index(op.f("ix_plan_action_plan_id"), "plan_action", ["plan_id"], unique=False)
    op.create_table(
        "plan_proposal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("proposed_by", sa.String(length=200), nullable=False),
        sa.Column("agency_email", sa.String(length=254), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "open",
                "agreed",
                "returned",
                "withdrawn",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_name", sa.String(length=200), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.CheckConstraint("(outcome = 'open') = (ended_at IS NULL)", name=op.f("ck_plan_proposal_ended_has_its_date")),
        sa.CheckConstraint("outcome <> 'agreed' OR signed_name <> ''", name=op.f("ck_plan_proposal_agreed_is_signed")),
        sa.ForeignKeyConstraint(["link_id"], ["plan_link.id"], name=op.f("fk_plan_proposal_link_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["action_plan.id"], name=op.f("fk_plan_proposal_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_proposal")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_plan_proposal_plan_id_number")),
    )
    op.create_index(op.f("ix_plan_proposal_plan_id"), "plan_proposal", ["plan_id"], unique=False)
    op.create_index(
        "uq_plan_proposal_open",
        "plan_proposal",
        ["plan_id"],
        unique=True,
        sqlite_where=sa.text("outcome = 'open'"),
        postgresql_where=sa.text("outcome = 'open'"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_plan_proposal_open",
        table_name="plan_proposal",
        sqlite_where=sa.text("outcome = 'open'"),
        postgresql_where=sa.text("outcome = 'open'"),
    )
    op.drop_index(op.f("ix_plan_proposal_plan_id"), table_name="plan_proposal")
    op.drop_table("plan_proposal")
    op.drop_index(op.f("ix_plan_action_plan_id"), table_name="plan_action")
    op.drop_index(op.f("ix_plan_action_due_on"), table_name="plan_action")
    op.drop_table("plan_action")
    op.drop_table("approval")
    op.drop_table("answer")
    op.drop_index(op.f("ix_sheet_recipient_sheet_id"), table_name="sheet_recipient")
    op.drop_table("sheet_recipient")
    op.drop_table("response")
    op.drop_index(op.f("ix_plan_step_plan_id"), table_name="plan_step")
    op.drop_table("plan_step")
    op.drop_index(op.f("ix_plan_phase_plan_id"), table_name="plan_phase")
    op.drop_table("plan_phase")
    op.drop_index(
        "uq_plan_link_living",
        table_name="plan_link",
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.drop_index(op.f("ix_plan_link_plan_id"), table_name="plan_link")
    op.drop_table("plan_link")
    op.drop_index(op.f("ix_edition_sheet_id"), table_name="edition")
    op.drop_table("edition")
    op.drop_index(
        "uq_criterion_amendment_open",
        table_name="criterion_amendment",
        sqlite_where=sa.text("outcome = 'open'"),
        postgresql_where=sa.text("outcome = 'open'"),
    )
    op.drop_index(op.f("ix_criterion_amendment_plan_id"), table_name="criterion_amendment")
    op.drop_table("criterion_amendment")
    op.drop_index(
        "uq_contest_open",
        table_name="contest",
        sqlite_where=sa.text("outcome = 'open'"),
        postgresql_where=sa.text("outcome = 'open'"),
    )
    op.drop_index(op.f("ix_contest_sheet_id"), table_name="contest")
    op.drop_table("contest")
    op.drop_table("wave_summary")
    op.drop_table("score_sheet")
    op.drop_index(op.f("ix_score_wave_id"), table_name="score")
    op.drop_table("score")
    op.drop_index(op.f("ix_result_link_wave_id"), table_name="result_link")
    op.drop_index(op.f("ix_result_link_contact_id"), table_name="result_link")
    op.drop_table("result_link")
    op.drop_index(op.f("ix_reminder_wave_id"), table_name="reminder")
    op.drop_table("reminder")
    op.drop_index("ix_mark_count_question_key", table_name="mark_count")
    op.drop_table("mark_count")
    op.drop_index(op.f("ix_line_answer_round_id"), table_name="line_answer")
    op.drop_table("line_answer")
    op.drop_index(
        "uq_invitation_current",
        table_name="invitation",
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.drop_index(op.f("ix_invitation_wave_id"), table_name="invitation")
    op.drop_index(op.f("ix_invitation_contact_id"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_table("feedback_letter")
    op.drop_table("bonus")
    op.drop_index(
        "uq_action_plan_breach",
        table_name="action_plan",
        sqlite_where=sa.text("is_breach"),
        postgresql_where=sa.text("is_breach"),
    )
    op.drop_index(op.f("ix_action_plan_wave_id"), table_name="action_plan")
    op.drop_index(op.f("ix_action_plan_leader_id"), table_name="action_plan")
    op.drop_index(op.f("ix_action_plan_judging_campaign_id"), table_name="action_plan")
    op.drop_index(op.f("ix_action_plan_client_id"), table_name="action_plan")
    op.drop_table("action_plan")
    op.drop_index("ix_wave_state_ends_at", table_name="wave")
    op.drop_index(op.f("ix_wave_campaign_id"), table_name="wave")
    op.drop_table("wave")
    op.drop_index(
        "uq_proposal_round_open",
        table_name="proposal_round",
        sqlite_where=sa.text("outcome = 'open'"),
        postgresql_where=sa.text("outcome = 'open'"),
    )
    op.drop_index(op.f("ix_proposal_round_version_id"), table_name="proposal_round")
    op.drop_index(op.f("ix_proposal_round_contact_id"), table_name="proposal_round")
    op.drop_table("proposal_round")
    op.drop_index(op.f("ix_evidence_test_document_id"), table_name="evidence_test")
    op.drop_table("evidence_test")
    op.drop_index(op.f("ix_evidence_file_measurement_id"), table_name="evidence_file")
    op.drop_index(op.f("ix_evidence_file_document_id"), table_name="evidence_file")
    op.drop_table("evidence_file")
    op.drop_index(op.f("ix_commitment_version_id"), table_name="commitment")
    op.drop_table("commitment")
    op.drop_index(
        "uq_measurement_current",
        table_name="measurement",
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.drop_index(op.f("ix_measurement_agreement_id"), table_name="measurement")
    op.drop_table("measurement")
    op.drop_index(
        "uq_evidence_document_current",
        table_name="evidence_document",
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.drop_index(op.f("ix_evidence_document_agreement_id"), table_name="evidence_document")
    op.drop_table("evidence_document")
    op.drop_index(op.f("ix_campaign_client_id"), table_name="campaign")
    op.drop_index(op.f("ix_campaign_agreement_id"), table_name="campaign")
    op.drop_table("campaign")
    op.drop_index(op.f("ix_baseline_agreement_id"), table_name="baseline")
    op.drop_table("baseline")
    op.drop_index(
        "uq_agreement_version_open",
        table_name="agreement_version",
        sqlite_where=sa.text("state IN ('draft', 'proposed')"),
        postgresql_where=sa.text("state IN ('draft', 'proposed')"),
    )
    op.drop_index(
        "uq_agreement_version_in_force",
        table_name="agreement_version",
        sqlite_where=sa.text("state = 'validated'"),
        postgresql_where=sa.text("state = 'validated'"),
    )
    op.drop_index(op.f("ix_agreement_version_agreement_id"), table_name="agreement_version")
    op.drop_table("agreement_version")
    op.drop_index(op.f("ix_contact_client_id"), table_name="contact")
    op.drop_table("contact")
    op.drop_table("client_access")
    op.drop_index(op.f("ix_agreement_client_id"), table_name="agreement")
    op.drop_table("agreement")
    op.drop_index(op.f("ix_staff_session_user_id"), table_name="staff_session")
    op.drop_table("staff_session")
    op.drop_table("recovery_code")
    op.drop_table("plan_calendar")
    op.drop_index(op.f("ix_password_reset_user_id"), table_name="password_reset")
    op.drop_table("password_reset")
    op.drop_index(op.f("ix_own_indicator_agency_id"), table_name="own_indicator")
    op.drop_table("own_indicator")
    op.drop_table("mail_wording")
    op.drop_index(op.f("ix_client_agency_id"), table_name="client")
    op.drop_table("client")
    op.drop_table("user")
    op.drop_index("ix_outgoing_email_wave_id_state", table_name="outgoing_email")
    op.drop_index(op.f("ix_outgoing_email_recipient"), table_name="outgoing_email")
    op.drop_index(op.f("ix_outgoing_email_leased_until"), table_name="outgoing_email")
    op.drop_index("ix_outgoing_email_due_at_id", table_name="outgoing_email")
    op.drop_index(op.f("ix_outgoing_email_client_id"), table_name="outgoing_email")
    op.drop_index("ix_outgoing_email_claimed_at_domain", table_name="outgoing_email")
    op.drop_table("outgoing_email")
    op.drop_table("outbox_switch")
    op.drop_index(
        "uq_audit_entry_previous_hash",
        table_name="audit_entry",
        sqlite_where=sa.text("previous_hash IS NOT NULL"),
        postgresql_where=sa.text("previous_hash IS NOT NULL"),
    )
    op.drop_index(
        "uq_audit_entry_number",
        table_name="audit_entry",
        sqlite_where=sa.text("number IS NOT NULL"),
        postgresql_where=sa.text("number IS NOT NULL"),
    )
    op.drop_index(
        "uq_audit_entry_entry_hash",
        table_name="audit_entry",
        sqlite_where=sa.text("entry_hash IS NOT NULL"),
        postgresql_where=sa.text("entry_hash IS NOT NULL"),
    )
    op.drop_index("ix_audit_entry_subject", table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_index(op.f("ix_attempt_count_window_ends_at"), table_name="attempt_count")
    op.drop_table("attempt_count")
    op.drop_table("agency")
