"""Keep a ledger of what was read, earlier texts, handed-in files, and what was printed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "printedband",
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("printed_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "printed_id", name=op.f("pk_printedband")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hole",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("after_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("recovered", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_hole_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hole")),
        sa.UniqueConstraint(
            "source_id", "after_at", "before_at", name=op.f("uq_hole_source_id_after_at_before_at")
        ),
    )
    with op.batch_alter_table("hole") as batch_op:
        batch_op.create_index("ix_hole_queue", ["host", "state", "due_at"], unique=False)

    op.create_table(
        "upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=1000), nullable=False),
        sa.Column("source_name", sa.String(length=200), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.Column("notes", JSON, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("candidate_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_upload_issue_id")),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_upload_publication_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name=op.f("fk_upload_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    with op.batch_alter_table("upload") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_upload_publication_id"), ["publication_id"], unique=False
        )

    op.create_table(
        "printed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("total_number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("headline", sa.String(length=500), nullable=False),
        sa.Column("source_line", sa.String(length=200), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("url_hash", sa.String(length=64), nullable=False),
        sa.Column("documents", JSON, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issue.id"], name=op.f("fk_printed_issue_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_printed_item_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_printed_publication_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printed")),
        sa.UniqueConstraint(
            "publication_id",
            "total_number",
            "position",
            name=op.f("uq_printed_publication_id_total_number_position"),
        ),
    )
    with op.batch_alter_table("printed") as batch_op:
        batch_op.create_index(batch_op.f("ix_printed_url_hash"), ["url_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_printed_item_id"), ["item_id"], unique=False)

    op.create_table(
        "candidatetext",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("candidate_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=1000), nullable=False),
        sa.Column("capture_id", sa.Integer(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocks", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"],
            ["candidate.id"],
            name=op.f("fk_candidatetext_candidate_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["capture_id"], ["capture.id"], name=op.f("fk_candidatetext_capture_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidatetext")),
        sa.UniqueConstraint(
            "candidate_id", "number", name=op.f("uq_candidatetext_candidate_id_number")
        ),
    )
    op.create_table(
        "documentmention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("candidate_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("body", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"],
            ["candidate.id"],
            name=op.f("fk_documentmention_candidate_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_documentmention_publication_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documentmention")),
        sa.UniqueConstraint(
            "candidate_id", "key", name=op.f("uq_documentmention_candidate_id_key")
        ),
    )
    with op.batch_alter_table("documentmention") as batch_op:
        batch_op.create_index("ix_documentmention_key", ["publication_id", "key"], unique=False)

    change_candidates()
    change_collecting()
    make_search()
    change_indexes()


def change_indexes() -> None:
    """Let a source's candidates come in order, and what is due be found among all hosts."""
    with op.batch_alter_table("candidate") as batch_op:
        batch_op.drop_index("ix_candidate_source_id")
        batch_op.create_index(
            "ix_candidate_source", ["source_id", "published_at", "id", "seen_at"], unique=False
        )
        batch_op.create_index(
            "ix_candidate_printed",
            ["printed_id"],
            unique=False,
            sqlite_where=sa.text("printed_id IS NOT NULL"),
            postgresql_where=sa.text("printed_id IS NOT NULL"),
        )
    with op.batch_alter_table("entry") as batch_op:
        batch_op.create_index("ix_entry_state", ["state", "due_at"], unique=False)
        batch_op.create_index(
            "ix_entry_publication_state", ["publication_id", "state"], unique=False
        )
        batch_op.drop_index("ix_entry_source_id")
        batch_op.create_index(
            "ix_entry_source", ["source_id", "published_at", "state"], unique=False
        )
    with op.batch_alter_table("fetch") as batch_op:
        batch_op.create_index(
            "ix_fetch_reading",
            ["source_id", "entry_id", "fetched_at", "outcome", "hole_id", "new"],
            unique=False,
        )
        batch_op.drop_index("ix_fetch_entry_id")
        batch_op.create_index(
            "ix_fetch_entry",
            ["entry_id"],
            unique=False,
            sqlite_where=sa.text("entry_id IS NOT NULL"),
            postgresql_where=sa.text("entry_id IS NOT NULL"),
        )
    with op.batch_alter_table("picture") as batch_op:
        batch_op.create_index("ix_picture_state", ["state", "due_at"], unique=False)


def make_search() -> None:
    """Make the index behind the search field; a task fills it with what is there."""
    on_postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "search_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("words", postgresql.TSVECTOR() if on_postgres else sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["candidate_id"],
            ["candidate.id"],
            name=op.f("fk_search_document_candidate_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_document")),
        sa.UniqueConstraint("candidate_id", name=op.f("uq_search_document_candidate_id")),
        sqlite_autoincrement=True,
    )
    if on_postgres:
        op.create_index(
            "ix_search_document_words", "search_document", ["words"], postgresql_using="gin"
        )
    else:
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5"
            "(words, content='', columnsize=0, tokenize='ascii')"
        )


def change_candidates() -> None:
    # before the blocks: SQLite walks through a long text to reach the columns behind it
    sqlite = op.get_bind().dialect.name == "sqlite"
    place = {"insert_before": "blocks"} if sqlite else {}
    rebuild = "always" if sqlite else "never"
    with op.batch_alter_table("candidate", recreate=rebuild) as batch_op:
        batch_op.add_column(
            sa.Column("date_rival", sa.DateTime(timezone=True), nullable=True), **place
        )
        batch_op.add_column(
            sa.Column("text_version", sa.Integer(), nullable=False, server_default="1"), **place
        )
        batch_op.add_column(sa.Column("printed_id", sa.Integer(), nullable=True), **place)
        batch_op.add_column(sa.Column("printed_how", sa.String(length=40), nullable=True), **place)
        batch_op.add_column(
            sa.Column("figures", sa.String(), nullable=False, server_default=""), **place
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_candidate_printed_id"),
            "printed",
            ["printed_id"],
            ["id"],
            ondelete="SET NULL",
        )
    # texts are looked up by other keys now: the timetable has every candidate grouped anew
    op.execute("DELETE FROM shingleband")
    op.execute("UPDATE candidate SET fingerprint = ''")
    with op.batch_alter_table("issue") as batch_op:
        batch_op.add_column(sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True))


def change_collecting() -> None:
    with op.batch_alter_table("capture") as batch_op:
        batch_op.add_column(sa.Column("pruned_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("entry") as batch_op:
        batch_op.add_column(
            sa.Column("etag", sa.String(length=500), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column("last_modified", sa.String(length=100), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("revisit_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_entry_revisit_at"), ["revisit_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_entry_candidate_id"), ["candidate_id"], unique=False)
    op.add_column("fetch", sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True))
    op.execute('UPDATE "fetch" SET fetched_at = created_at')
    with op.batch_alter_table("fetch") as batch_op:
        batch_op.alter_column(
            "fetched_at", existing_type=sa.DateTime(timezone=True), nullable=False
        )
        batch_op.add_column(sa.Column("hole_id", sa.Integer(), nullable=True))
        batch_op.drop_index("ix_fetch_source_created")
        batch_op.create_foreign_key(
            batch_op.f("fk_fetch_hole_id"), "hole", ["hole_id"], ["id"], ondelete="SET NULL"
        )
    with op.batch_alter_table("source") as batch_op:
        batch_op.add_column(
            sa.Column("longest_minutes", sa.Integer(), nullable=False, server_default="360")
        )
        batch_op.add_column(sa.Column("pace_minutes", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("list_url", sa.String(length=2000), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column("pack", sa.String(length=60), nullable=False, server_default="")
        )


def downgrade() -> None:
    with op.batch_alter_table("picture") as batch_op:
        batch_op.drop_index("ix_picture_state")
    with op.batch_alter_table("entry") as batch_op:
        batch_op.drop_index("ix_entry_source")
        batch_op.create_index("ix_entry_source_id", ["source_id"], unique=False)
        batch_op.drop_index("ix_entry_publication_state")
        batch_op.drop_index("ix_entry_state")
    with op.batch_alter_table("fetch") as batch_op:
        batch_op.drop_index("ix_fetch_entry")
        batch_op.create_index("ix_fetch_entry_id", ["entry_id"], unique=False)
        batch_op.drop_index("ix_fetch_reading")
    with op.batch_alter_table("candidate") as batch_op:
        batch_op.drop_index("ix_candidate_printed")
        batch_op.drop_index("ix_candidate_source")
        batch_op.create_index("ix_candidate_source_id", ["source_id"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        op.drop_table("search_words")
    op.drop_table("search_document")
    with op.batch_alter_table("source") as batch_op:
        batch_op.drop_column("pack")
        batch_op.drop_column("list_url")
        batch_op.drop_column("pace_minutes")
        batch_op.drop_column("longest_minutes")

    with op.batch_alter_table("issue") as batch_op:
        batch_op.drop_column("locked_at")

    with op.batch_alter_table("fetch") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_fetch_hole_id"), type_="foreignkey")
        batch_op.create_index(
            batch_op.f("ix_fetch_source_created"), ["source_id", "created_at"], unique=False
        )
        batch_op.drop_column("hole_id")
        batch_op.drop_column("fetched_at")

    with op.batch_alter_table("entry") as batch_op:
        batch_op.drop_index(batch_op.f("ix_entry_candidate_id"))
        batch_op.drop_index(batch_op.f("ix_entry_revisit_at"))
        batch_op.drop_column("revisit_at")
        batch_op.drop_column("last_modified")
        batch_op.drop_column("etag")

    with op.batch_alter_table("capture") as batch_op:
        batch_op.drop_column("pruned_at")

    op.execute("DELETE FROM shingleband")
    op.execute("UPDATE candidate SET fingerprint = ''")
    with op.batch_alter_table("candidate") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_candidate_printed_id"), type_="foreignkey")
        batch_op.drop_column("figures")
        batch_op.drop_column("printed_how")
        batch_op.drop_column("printed_id")
        batch_op.drop_column("text_version")
        batch_op.drop_column("date_rival")

    with op.batch_alter_table("documentmention") as batch_op:
        batch_op.drop_index("ix_documentmention_key")

    op.drop_table("documentmention")
    op.drop_table("candidatetext")
    with op.batch_alter_table("printed") as batch_op:
        batch_op.drop_index(batch_op.f("ix_printed_item_id"))
        batch_op.drop_index(batch_op.f("ix_printed_url_hash"))

    op.drop_table("printed")
    with op.batch_alter_table("upload") as batch_op:
        batch_op.drop_index(batch_op.f("ix_upload_publication_id"))

    op.drop_table("upload")
    with op.batch_alter_table("hole") as batch_op:
        batch_op.drop_index("ix_hole_queue")

    op.drop_table("hole")
    op.drop_table("printedband")
