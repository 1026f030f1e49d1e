"""What the doctor says."""

from pathlib import Path

from config.settings import Settings, socket_url
from editor.store import migrate
from editor.store.checkup import Fact, examine
from editor.store.db import Database
from editor.store.models import Asset


def settings_in(folder: Path, **changes) -> Settings:
    values = {
        "data_dir": folder,
        "database_url": f"sqlite:///{folder / 'zhaibian.db'}",
        "broker_url": socket_url(folder),
        "secret_key": "only for tests",
    }
    return Settings(**(values | changes))


def troubles(facts: list[Fact]) -> str:
    return " ".join(fact.chinese for fact in facts if fact.needed and not fact.fine)


def test_a_healthy_installation_has_no_trouble(tmp_path):
    settings = settings_in(tmp_path)
    migrate.upgrade(Database(settings.database_url))
    assert troubles(examine(settings)) == ""


def test_an_installation_that_was_never_set_up_is_told_to_run_init(tmp_path):
    facts = examine(settings_in(tmp_path / "nowhere", secret_key=""))
    assert troubles(facts).count("zhaibian init") == 3


def test_tables_of_another_version_are_named(tmp_path):
    settings = settings_in(tmp_path)
    with Database(settings.database_url).engine.connect():
        pass
    assert "zhaibian upgrade" in troubles(examine(settings))


def test_a_missing_file_is_noticed(tmp_path):
    settings = settings_in(tmp_path)
    database = Database(settings.database_url)
    migrate.upgrade(database)
    with database.writing() as session:
        session.add(Asset(sha256="ab" * 32, media_type="image/png", size=1))
        session.commit()
    assert "缺少 1 个文件（abababab" in troubles(examine(settings))


def test_a_database_file_that_is_garbage_is_named(tmp_path):
    settings = settings_in(tmp_path)
    (tmp_path / "zhaibian.db").write_bytes(b"no database at all" * 100)
    assert "数据库无法使用" in troubles(examine(settings))


def test_a_broker_that_is_away_is_named(tmp_path):
    settings = settings_in(tmp_path, broker_url="redis://127.0.0.1:1/0")
    assert "ZHAIBIAN_BROKER_URL" in troubles(examine(settings))


def test_a_crawler_without_a_contact_is_told_so(tmp_path):
    def told(contact: str) -> list[str]:
        facts = examine(settings_in(tmp_path, contact=contact))
        return [fact.english for fact in facts if "crawler" in fact.english and not fact.fine]

    assert "ZHAIBIAN_CONTACT" in told("")[0]
    assert told("crawler@yunzhou.example") == []
