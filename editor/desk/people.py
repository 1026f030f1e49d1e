"""People who log in, and the roles they hold in each publication."""

from collections.abc import Iterable
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, col, select

from editor.desk import audit
from editor.errors import Conflict, Invalid, NotAllowed, NotFound
from editor.store.models import Membership, Publication, User, id_of
from editor.workflow import Role

HASHER = PasswordHasher()
SHORTEST_PASSWORD = 8
LANGUAGES = ("", "zh", "en")
THEMES = ("", "light", "dark")
# verified when nobody has the name, so that both refusals take the same time
_NOBODY: list[str] = []


def add_user(
    session: Session,
    *,
    email: str,
    name: str,
    password: str,
    publication: Publication | None,
    roles: Iterable[Role],
    now: datetime,
    by: User | None = None,
) -> User:
    """Add a person with these roles; raises Invalid per field, Conflict for a known address."""
    email = email.strip().lower()
    _refuse_fields(email, name, password)
    if find_user(session, email) is not None:
        raise Conflict(
            f"{email} 已有账号，请改用别的邮箱，或修改原有账号的角色",
            f"{email} already has an account; use another address or change that account's roles",
        )
    user = User(email=email, name=name.strip(), password_hash=HASHER.hash(password))
    session.add(user)
    session.flush()
    audit.record(
        session,
        by=by,
        verb="add_user",
        subject=user,
        before={},
        after={"email": user.email, "name": user.name},
        publication_id=publication.id if publication else None,
        now=now,
    )
    if publication is not None:
        set_roles(session, user, publication, roles, by=by, now=now)
    return user


def _refuse_fields(email: str, name: str, password: str) -> None:
    fields: dict[str, tuple[str, str]] = {}
    if "@" not in email or any(character.isspace() for character in email) or len(email) > 200:
        fields["email"] = ("请填写有效的邮箱地址", "Give a valid e-mail address")
    if not name.strip() or len(name) > 100:
        fields["name"] = ("请填写姓名（不超过 100 字）", "Give a name of at most 100 characters")
    fields |= _password_problem(password)
    if fields:
        chinese = "；".join(pair[0] for pair in fields.values())
        raise Invalid(chinese, "; ".join(pair[1] for pair in fields.values()), fields=fields)


def _password_problem(password: str) -> dict[str, tuple[str, str]]:
    if len(password) >= SHORTEST_PASSWORD:
        return {}
    return {
        "password": (
            f"密码至少要 {SHORTEST_PASSWORD} 个字符",
            f"The password needs at least {SHORTEST_PASSWORD} characters",
        )
    }


def find_user(session: Session, email: str) -> User | None:
    """Return the person with this address, None when there is none."""
    return session.exec(select(User).where(User.email == email.strip().lower())).first()


def get_user(session: Session, email: str) -> User:
    """Return the person with this address; raises NotFound."""
    user = find_user(session, email)
    if user is None:
        raise NotFound(f"没有 {email} 这个账号", f"There is no account {email}")
    return user


def list_users(session: Session, publication: Publication | None = None) -> list[User]:
    """Return everybody, or everybody with a role in the publication, by address."""
    query = select(User).order_by(col(User.email))
    if publication is not None:
        members = select(Membership.user_id).where(Membership.publication_id == publication.id)
        query = query.where(col(User.id).in_(members))
    return list(session.exec(query))


def authenticate(session: Session, email: str, password: str, now: datetime) -> User:
    """Return the person; raises NotAllowed with one sentence for wrong name and password alike.

    Rehashes the password when the recommended cost has grown. Takes as long for unknown names.
    """
    user = find_user(session, email)
    right = _matches(user.password_hash if user else _nobodys_hash(), password)
    if user is None or not right:
        raise NotAllowed("邮箱或密码不正确，请重试", "The e-mail address or password is wrong")
    if user.disabled_at is not None:
        raise NotAllowed(
            "这个账号已停用，请联系管理员", "This account is disabled; ask the administrator"
        )
    if HASHER.check_needs_rehash(user.password_hash):
        user.password_hash = HASHER.hash(password)
        session.add(user)
    audit.record(session, by=user, verb="log_in", subject=user, before={}, after={}, now=now)
    return user


def _matches(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _nobodys_hash() -> str:
    if not _NOBODY:
        _NOBODY.append(HASHER.hash("nobody has this password"))
    return _NOBODY[0]


def set_password(
    session: Session, user: User, password: str, *, now: datetime, by: User | None = None
) -> None:
    """Change the password and end the person's logins; raises Invalid when it is too short."""
    if problem := _password_problem(password):
        raise Invalid(*problem["password"], fields=problem)
    user.password_hash = HASHER.hash(password)
    user.session_epoch += 1
    session.add(user)
    audit.record(session, by=by, verb="set_password", subject=user, before={}, after={}, now=now)


def disable(session: Session, user: User, *, now: datetime, by: User | None = None) -> None:
    """Close the account and end its logins; raises Conflict for a last administrator."""
    if user.disabled_at is not None:
        return
    _refuse_last_admin(session, user, _publications_of(session, user, Role.admin))
    before = audit.snapshot(user, "disabled_at")
    user.disabled_at = now
    user.session_epoch += 1
    session.add(user)
    audit.record(
        session,
        by=by,
        verb="disable",
        subject=user,
        before=before,
        after=audit.snapshot(user, "disabled_at"),
        now=now,
    )


def enable(session: Session, user: User, *, now: datetime, by: User | None = None) -> None:
    """Open a closed account again."""
    before = audit.snapshot(user, "disabled_at")
    user.disabled_at = None
    session.add(user)
    audit.record(
        session,
        by=by,
        verb="enable",
        subject=user,
        before=before,
        after={"disabled_at": None},
        now=now,
    )


def set_roles(
    session: Session,
    user: User,
    publication: Publication,
    roles: Iterable[Role],
    *,
    now: datetime,
    by: User | None = None,
) -> None:
    """Give the person exactly these roles in the publication; a change ends the logins.

    Raises Conflict when it would leave the publication without an administrator.
    """
    old, new = roles_of(session, user, publication), frozenset(roles)
    if old == new:
        return
    if Role.admin in old - new:
        _refuse_last_admin(session, user, [id_of(publication)])
    rows = session.exec(
        select(Membership).where(
            Membership.user_id == user.id, Membership.publication_id == publication.id
        )
    )
    for row in rows:
        if row.role not in new:
            session.delete(row)
    for role in sorted(new - old):
        session.add(Membership(user_id=id_of(user), publication_id=id_of(publication), role=role))
    user.session_epoch += 1
    session.add(user)
    session.flush()
    audit.record(
        session,
        by=by,
        verb="set_roles",
        subject=user,
        before={"roles": sorted(old)},
        after={"roles": sorted(new)},
        publication_id=publication.id,
        now=now,
    )


def roles_of(session: Session, user: User, publication: Publication) -> frozenset[Role]:
    """Return the roles the person holds in the publication; none when the account is closed."""
    if user.disabled_at is not None:
        return frozenset()
    return frozenset(
        session.exec(
            select(col(Membership.role)).where(
                Membership.user_id == user.id, Membership.publication_id == publication.id
            )
        )
    )


def _publications_of(session: Session, user: User, role: Role) -> list[int]:
    return list(
        session.exec(
            select(Membership.publication_id).where(
                Membership.user_id == user.id, Membership.role == role
            )
        )
    )


def _refuse_last_admin(session: Session, user: User, publication_ids: list[int]) -> None:
    for publication_id in publication_ids:
        others = session.exec(
            select(User.id)
            .join(Membership, col(Membership.user_id) == col(User.id))
            .where(
                Membership.publication_id == publication_id,
                Membership.role == Role.admin,
                User.id != user.id,
                col(User.disabled_at).is_(None),
            )
        ).first()
        if others is None:
            raise Conflict(
                f"{user.name}是最后一位管理员。请先让别人担任管理员",
                f"{user.name} is the last administrator. Make somebody else one first",
            )


def set_preferences(
    session: Session,
    user: User,
    *,
    language: str | None = None,
    theme: str | None = None,
    keys_on: bool | None = None,
) -> None:
    """Change the person's own settings; None leaves one as it is, "" lets the browser decide."""
    fields: dict[str, tuple[str, str]] = {}
    if language is not None and language not in LANGUAGES:
        fields["language"] = ("没有这种语言", "There is no such language")
    if theme is not None and theme not in THEMES:
        fields["theme"] = ("没有这种配色", "There is no such theme")
    if fields:
        chinese, english = next(iter(fields.values()))
        raise Invalid(chinese, english, fields=fields)
    user.language = user.language if language is None else language
    user.theme = user.theme if theme is None else theme
    user.keys_on = user.keys_on if keys_on is None else keys_on
    session.add(user)
