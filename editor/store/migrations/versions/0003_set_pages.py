"""Lay pages out while an issue is being made, and keep why a finding was waived."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    follow_layouts()
    keep_waivers()
    fold_documents()
    remember_publication()
    find_doubtful_dates()
    keep_editions()


def keep_editions() -> None:
    """Keep what was published; editions published before this are known by their number alone."""
    op.create_table(
        "issueedition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("error_english", sa.String(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("profile", JSON, nullable=False),
        sa.Column("pages", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issue.id"], name=op.f("fk_issueedition_issue_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["published_by"], ["person.id"], name=op.f("fk_issueedition_published_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issueedition")),
        sa.UniqueConstraint("issue_id", "number", name=op.f("uq_issueedition_issue_id_number")),
    )
    op.add_column("export", sa.Column("edition", sa.Integer(), nullable=False, server_default="1"))
    op.execute(
        "UPDATE export SET edition = (SELECT edition FROM issue WHERE issue.id = export.issue_id)"
    )


def find_doubtful_dates() -> None:
    doubtful = sa.text("date_how LIKE '%≠%'")
    op.create_index(
        "ix_candidate_doubtful",
        "candidate",
        ["publication_id", "published_at", "id"],
        sqlite_where=doubtful,
        postgresql_where=doubtful,
    )


def remember_publication() -> None:
    with op.batch_alter_table("issue") as batch_op:
        batch_op.add_column(sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("published_digest", sa.String(length=64), nullable=False, server_default="")
        )


def follow_layouts() -> None:
    # estimates are made anew by the next layout
    op.execute("DELETE FROM pageestimate")
    with op.batch_alter_table("pageestimate") as batch_op:
        batch_op.add_column(
            sa.Column("stamp", sa.String(length=64), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("front", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("ends", JSON, nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("flags", JSON, nullable=False, server_default="[]"))
        batch_op.add_column(
            sa.Column("proof", sa.String(length=64), nullable=False, server_default="")
        )
    with op.batch_alter_table("issue") as batch_op:
        batch_op.add_column(sa.Column("page_budget", sa.Integer(), nullable=True))


def keep_waivers() -> None:
    with op.batch_alter_table("waiver") as batch_op:
        batch_op.add_column(
            sa.Column("digest", sa.String(length=64), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("sentence", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(
            sa.Column("sentence_english", sa.String(), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("taken_back_by", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_waiver_taken_back_by"), "person", ["taken_back_by"], ["id"]
        )


def fold_documents() -> None:
    """Keep the texts that a search looks through; a task fills the index anew."""
    op.execute("DELETE FROM search_document")
    op.create_table(
        "search_text",
        sa.Column("candidate_id", sa.Integer(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"],
            ["candidate.id"],
            name=op.f("fk_search_text_candidate_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("candidate_id", name=op.f("pk_search_text")),
    )
    remake_words("detail=none, ")


def remake_words(detail: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_words")
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5"
            f"(words, content='', columnsize=0, {detail}tokenize='ascii')"
        )


def downgrade() -> None:
    with op.batch_alter_table("export") as batch_op:
        batch_op.drop_column("edition")
    op.drop_table("issueedition")
    op.drop_index("ix_candidate_doubtful", table_name="candidate")
    with op.batch_alter_table("issue") as batch_op:
        batch_op.drop_column("published_digest")
        batch_op.drop_column("published_at")
    op.execute("DELETE FROM search_document")
    op.drop_table("search_text")
    remake_words("")
    with op.batch_alter_table("waiver") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_waiver_taken_back_by"), type_="foreignkey")
        batch_op.drop_column("taken_back_by")
        batch_op.drop_column("taken_back_at")
        batch_op.drop_column("sentence_english")
        batch_op.drop_column("sentence")
        batch_op.drop_column("digest")
    with op.batch_alter_table("issue") as batch_op:
        batch_op.drop_column("page_budget")
    with op.batch_alter_table("pageestimate") as batch_op:
        batch_op.drop_column("proof")
        batch_op.drop_column("flags")
        batch_op.drop_column("ends")
        batch_op.drop_column("front")
        batch_op.drop_column("stamp")
