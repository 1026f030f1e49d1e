"""People, passwords and roles."""

import pytest
from argon2 import PasswordHasher

from editor.desk import audit, people
from editor.errors import Conflict, Invalid, NotAllowed, NotFound
from editor.workflow import Role
from tests.cast import (
    NOW,
    PASSWORD,
    chief_ada,
    editor_ben,
    make_publication,
    stranger_dee,
)


@pytest.fixture
def publication(session):
    return make_publication(session)


@pytest.fixture
def ada(session, publication):
    return chief_ada(session)


def add(session, publication, **changes):
    values = {"email": "Eve@Yunzhou.example ", "name": "Eve", "password": "a long one"}
    return people.add_user(
        session, publication=publication, roles=[Role.editor, Role.deputy], now=NOW,
        **(values | changes),
    )  # fmt: skip


def test_a_person_is_added_with_several_roles(session, publication):
    eve = add(session, publication)
    assert eve.email == "eve@yunzhou.example"
    assert people.roles_of(session, eve, publication) == {Role.editor, Role.deputy}
    assert people.list_users(session, publication) == [eve]


def test_no_password_is_stored_or_recorded(session, publication):
    eve = add(session, publication)
    assert eve.password_hash.startswith("$argon2id$")
    told = str([(row.before, row.after) for row in audit.list_events(session)])
    assert "a long one" not in told and "argon2" not in told


def test_an_address_has_one_account(session, publication):
    add(session, publication)
    with pytest.raises(Conflict):
        add(session, publication, email="EVE@yunzhou.example")


def test_every_wrong_field_gets_its_sentence(session, publication):
    with pytest.raises(Invalid) as refusal:
        add(session, publication, email="no address", name=" ", password="short")
    assert set(refusal.value.fields) == {"email", "name", "password"}


def test_a_wrong_name_and_a_wrong_password_get_the_same_sentence(session, ada):
    assert people.authenticate(session, "ADA@yunzhou.example", PASSWORD, NOW) is ada
    with pytest.raises(NotAllowed) as wrong_password:
        people.authenticate(session, ada.email, "wrong", NOW)
    with pytest.raises(NotAllowed) as wrong_name:
        people.authenticate(session, "nobody@yunzhou.example", PASSWORD, NOW)
    assert wrong_password.value.chinese == wrong_name.value.chinese


def test_a_cheaper_hash_is_replaced_at_login(session, ada, monkeypatch):
    old = ada.password_hash
    monkeypatch.setattr(
        people, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    )
    people.authenticate(session, ada.email, PASSWORD, NOW)
    assert ada.password_hash != old
    people.authenticate(session, ada.email, PASSWORD, NOW)


def test_a_changed_password_ends_the_logins(session, ada):
    epoch = ada.session_epoch
    people.set_password(session, ada, "another long one", now=NOW)
    assert ada.session_epoch == epoch + 1
    people.authenticate(session, ada.email, "another long one", NOW)
    with pytest.raises(Invalid):
        people.set_password(session, ada, "short", now=NOW)


def test_a_disabled_account_logs_in_no_more_and_has_no_roles(session, publication, ada):
    ben = editor_ben(session)
    people.disable(session, ben, by=ada, now=NOW)
    with pytest.raises(NotAllowed) as refusal:
        people.authenticate(session, ben.email, PASSWORD, NOW)
    assert "停用" in refusal.value.chinese
    assert people.roles_of(session, ben, publication) == frozenset()
    people.enable(session, ben, by=ada, now=NOW)
    assert people.roles_of(session, ben, publication) == {Role.editor}


def test_the_last_administrator_stays(session, publication, ada):
    with pytest.raises(Conflict):
        people.disable(session, ada, by=ada, now=NOW)
    with pytest.raises(Conflict):
        people.set_roles(session, ada, publication, [Role.chief], by=ada, now=NOW)
    ben = editor_ben(session)
    people.set_roles(session, ben, publication, [Role.admin], by=ada, now=NOW)
    people.disable(session, ada, by=ben, now=NOW)
    with pytest.raises(Conflict):
        people.disable(session, ben, by=ben, now=NOW)


def test_roles_belong_to_one_publication(session, publication, ada):
    other = make_publication(session, slug="linlan", name="临澜观察")
    assert people.roles_of(session, ada, other) == frozenset()
    assert people.roles_of(session, stranger_dee(session), publication) == frozenset()


def test_a_changed_role_ends_the_logins(session, publication, ada):
    ben = editor_ben(session)
    epoch = ben.session_epoch
    people.set_roles(session, ben, publication, [Role.editor], by=ada, now=NOW)
    assert ben.session_epoch == epoch
    people.set_roles(session, ben, publication, [Role.deputy], by=ada, now=NOW)
    assert people.roles_of(session, ben, publication) == {Role.deputy}
    assert ben.session_epoch == epoch + 1


def test_preferences_are_one_s_own(session, ada):
    people.set_preferences(session, ada, language="en", theme="dark", keys_on=False)
    people.set_preferences(session, ada, language="zh")
    assert (ada.language, ada.theme, ada.keys_on) == ("zh", "dark", False)
    with pytest.raises(Invalid):
        people.set_preferences(session, ada, language="tlh")


def test_an_unknown_address_is_not_found(session):
    with pytest.raises(NotFound):
        people.get_user(session, "nobody@yunzhou.example")
