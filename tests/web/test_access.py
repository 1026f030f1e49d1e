"""Every route × every role: who gets in, who is refused, and what strangers learn."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from editor.web.wiring import PUBLIC
from editor.workflow import Action, Role, may
from tests.web.conftest import Office

OWN = None  # needs a login and nothing else
A = Action
# endpoint → the action it needs; items belong to Ada, so changing one needs `edit_any`
NEEDS: dict[str, Action | None] = {
    "assets.show": A.read,
    "auth.change_password": OWN,
    "auth.choose_publication": OWN,
    "auth.log_out": OWN,
    "auth.preferences": OWN,
    "auth.save_preferences": OWN,
    "archive.index": A.read,
    "archive.show": A.read,
    "board.budget": A.order,
    "board.choose": A.order,
    "board.move": A.order,
    "board.order": A.order,
    "board.pages": A.see_work,
    "board.show": A.see_work,
    "board.sort": A.order,
    "board.undo": A.order,
    "desk.home": A.read,
    "exports.ask": A.export,
    "exports.companion": A.see_work,
    "exports.cover": A.see_work,
    "exports.download": A.see_work,
    "exports.index": A.see_work,
    "exports.readers": A.see_work,
    "exports.watch": A.see_work,
    "editions.picture": A.see_work,
    "editions.post": A.see_work,
    "editions.posts": A.see_work,
    "editions.read": A.see_work,
    "feeds.save": A.manage_people,
    "feeds.show": A.manage_people,
    "issue_progress.move": A.order,
    "issue_progress.show": A.see_work,
    "issues.add_section": A.order,
    "issues.index": A.read,
    "issues.move_section": A.order,
    "issues.new": A.open_issue,
    "issues.open_next": A.open_issue,
    "issues.remove_section": A.order,
    "issues.rename_section": A.order,
    "issues.sections": A.see_work,
    "items.add_picture": A.edit_any,
    "items.bring_back": A.edit_any,
    "items.create": A.draft,
    "items.new": A.draft,
    "items.remove": A.edit_any,
    "items.restore": A.edit_any,
    "items.revision": A.see_work,
    "items.save": A.edit_any,
    "items.set_state": A.edit_any,
    "items.show": A.see_work,
    "pages.index": A.see_work,
    "pages.of_item": A.see_work,
    "pages.picture": A.see_work,
    "pages.show": A.see_work,
    "preflight.show": A.see_work,
    "preflight.take_back": A.waive,
    "preflight.waive": A.waive,
    "ledger.dismiss": A.change_sources,
    "ledger.export": A.view_sources,
    "ledger.fill": A.change_sources,
    "ledger.fill_all": A.change_sources,
    "ledger.progress": A.view_sources,
    "ledger.show": A.view_sources,
    "completing.add_picture": A.triage,
    "completing.complete": A.triage,
    "completing.form": A.triage,
    "completing.retry_group": A.triage,
    "evidence.of_candidate": A.see_work,
    "evidence.of_entry": A.see_work,
    "evidence.pack_candidate": A.see_work,
    "evidence.pack_issue": A.see_work,
    "evidence.raw": A.see_work,
    "evidence.still": A.see_work,
    "retention.save": A.manage_people,
    "retention.show": A.manage_people,
    "updates.adopt": A.edit_any,
    "updates.look_again": A.triage,
    "updates.origin": A.see_work,
    "updates.pass_over": A.edit_any,
    "updates.use": A.triage,
    "updates.versions": A.see_work,
    "settings.add_person": A.manage_people,
    "settings.disable": A.manage_people,
    "settings.enable": A.manage_people,
    "settings.people_list": A.manage_people,
    "settings.save_roles": A.manage_people,
    "settings.set_password": A.manage_people,
    "packs.add": A.change_sources,
    "packs.index": A.change_sources,
    "publication.download": A.change_publication,
    "publication.number_next": A.change_publication,
    "publication.save": A.change_publication,
    "publication.show": A.change_publication,
    "probes.show": A.change_sources,
    "probes.start": A.change_sources,
    "site_rules.form": A.change_sources,
    "site_rules.save": A.change_sources,
    "site_rules.show": A.change_sources,
    "site_rules.start": A.change_sources,
    "sources.add": A.change_sources,
    "sources.crawl": A.change_sources,
    "sources.crawl_all": A.change_sources,
    "sources.edit": A.change_sources,
    "sources.export": A.view_sources,
    "sources.import_form": A.change_sources,
    "sources.import_list": A.change_sources,
    "sources.index": A.view_sources,
    "sources.new": A.change_sources,
    "sources.paste": A.triage,
    "sources.paste_links": A.triage,
    "sources.pause": A.change_sources,
    "sources.progress": A.view_sources,
    "sources.resume": A.change_sources,
    "sources.save": A.change_sources,
    "sources.save_list": A.change_sources,
    "sources.show": A.view_sources,
    "sources.test": A.change_sources,
    "uploads.hand_in": A.triage,
    "uploads.index": A.triage,
    "uploads.original": A.triage,
    "uploads.original_of": A.triage,
    "uploads.read_again": A.triage,
    "triage.arrivals": A.triage,
    "decisions.bulk": A.triage,
    "triage.failed": A.triage,
    "triage.queue": A.triage,
    "triage.read": A.triage,
    "triage.repeats": A.triage,
    "triage.retry": A.triage,
    "clusters.lead": A.triage,
    "clusters.merge": A.triage,
    "clusters.split": A.triage,
    "decisions.shortlist": A.triage,
    "decisions.spike": A.triage,
    "decisions.star": A.triage,
    "decisions.take": A.triage,
    "decisions.undo": A.triage,
    "decisions.unspike": A.triage,
}
# ends the login, so it must not be asked with the others
APART = {"auth.log_out"}


@pytest.fixture(autouse=True)
def without_tokens(app: Flask) -> None:
    """Leave CSRF to its own test."""
    app.config["WTF_CSRF_ENABLED"] = False


def addresses(app: Flask, office: Office) -> list[tuple[str, str, str]]:
    """Return (endpoint, method, address) of every route behind the login, on Ada's things."""
    ids = {
        "probes": office.probe,
        "sources": office.source,
        "site_rules": office.source,
        "triage": office.candidate,
        "decisions": office.candidate,
        "clusters": office.candidate,
        "items": office.item,
        "board": office.item,
        "pages": office.item,
        "exports": office.export,
        "editions": office.export,
        "issues": office.section,
        "ledger": office.hole,
        "settings": 1,
        "evidence": office.candidate,
        "completing": office.entry,
        "updates": office.candidate,
    }
    about_items = ("updates.adopt", "updates.origin", "updates.pass_over")
    elsewhere = dict.fromkeys(about_items, office.item) | {"evidence.of_entry": office.entry}
    elsewhere["uploads.original_of"] = office.candidate
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.endpoint in PUBLIC:
                continue
            blueprint = rule.endpoint.partition(".")[0]
            id = office.entry if rule.endpoint == "triage.retry" else ids.get(blueprint, 0)
            id = office.section if rule.endpoint == "board.sort" else id
            id = elsewhere.get(rule.endpoint, id)
            values = {
                "total": office.total,
                "id": id,
                "number": 1,
                "key": "government",
                "form": "csv",
                "sha256": "0" * 64,
                "digest": "0" * 64,
                "sheet": 1,
                "candidate": office.candidate,
                "anchor": "s1-1",
                "name": "code-001.png",
            }
            path = app.url_for(rule.endpoint, **{k: values[k] for k in rule.arguments})
            method = "POST" if "POST" in (rule.methods or ()) else "GET"
            found.append((rule.endpoint, method, path))
    return sorted(found)


def test_every_route_has_a_line_in_the_table(app: Flask, office: Office) -> None:
    assert {endpoint for endpoint, _, _ in addresses(app, office)} == set(NEEDS)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_gets_in_exactly_where_it_may(
    app: Flask, office: Office, browser_of: Callable[[str], FlaskClient], role: Role
) -> None:
    client = browser_of(role.value)
    wrong = []
    for endpoint, method, path in addresses(app, office):
        if endpoint in APART:
            continue
        needed = NEEDS[endpoint]
        status = client.open(path, method=method, data={}).status_code
        expected = needed is None or may({role}, needed)
        if (status == 403) is expected or status >= 500:
            wrong.append((endpoint, status))
    assert wrong == []


def test_without_a_login_every_route_leads_to_the_login(app: Flask, office: Office) -> None:
    client = app.test_client()
    answers = {
        endpoint: client.open(path, method=method)
        for endpoint, method, path in addresses(app, office)
    }
    elsewhere = [
        endpoint
        for endpoint, answer in answers.items()
        if answer.status_code != 303 or not answer.location.startswith("/login")
    ]
    assert elsewhere == []


def test_a_chief_of_another_publication_finds_nothing_of_this_one(
    app: Flask, office: Office, browser_of: Callable[[str], FlaskClient]
) -> None:
    client = browser_of("Eve")
    with app.test_request_context():
        named = [
            line
            for line in addresses(app, office)
            if {"id", "total"} & set(next(app.url_map.iter_rules(line[0])).arguments)
            and line[0] != "sources.progress"
        ]
    seen = {
        endpoint: client.open(path, method=method).status_code for endpoint, method, path in named
    }
    assert {endpoint for endpoint, status in seen.items() if status != 404} == set()


def test_somebody_without_any_role_is_told_whom_to_ask(
    browser_of: Callable[[str], FlaskClient],
) -> None:
    answer = browser_of("Dee").get("/", headers={"Accept-Language": "zh"})
    assert answer.status_code == 403
    assert "请联系管理员分配角色" in answer.text


@pytest.mark.parametrize("path", [
    "/items/99999999999999999999",
    "/triage/2147483648",
    "/issues/99999999999999999999/board",
])  # fmt: skip
def test_a_number_beyond_any_row_is_no_page(ada: FlaskClient, path: str):
    assert ada.get(path).status_code == 404


@pytest.mark.parametrize("total", ["²", "٣", "99999999999999999999", "-1", "x"])
def test_an_issue_that_no_number_names_falls_back_to_the_present_one(ada: FlaskClient, total: str):
    assert ada.get("/triage", query_string={"issue": total}).status_code == 200


def test_a_number_too_large_for_a_row_is_refused_in_words(ada: FlaskClient, office: Office):
    sent = {"section_id": "99999999999999999999"}
    answer = ada.post(f"/triage/{office.candidate}/take", data=sent)
    assert answer.status_code == 422
    assert "2147483647" in answer.text or "标红" in answer.text
