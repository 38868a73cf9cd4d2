"""The audit on the console: everybody's for administrators with search and export, one's own for the others."""

import csv
import io
import json

import pytest

from extension_api.console.audit import EVENTS_SHOWN
from extension_api.kernel import Kernel
from tests.extension_api.audit.conftest import ANNA, RECORD, Act, act
from tests.extension_api.conftest import People
from tests.extension_api.console.conftest import Html, Visitors

__all__ = ["act"]
AUDIT = "/console/audit"


def rows(page: Html) -> int:
    return len(page.all("tr")) - 1


def test_own_acts_alone_for_who_is_no_administrator(visitor: Visitors, person: People, act: Act) -> None:
    act(3)
    berta = visitor(person("berta").account)
    page = berta.page(AUDIT)
    assert "What you did" in page.text
    assert rows(page) == 2
    assert "anna" not in page.text
    assert page.all("input", name="person") == []
    assert "No event found" in berta.page(f"{AUDIT}?person=anna&action=fill:grant").text
    refused = berta.send(f"{AUDIT}/export", {"csrf": page.token, "format": "csv"})
    assert refused.status_code == 403
    assert "anna" not in refused.text


def test_an_administrator_searches_page_by_page(visitor: Visitors, person: People, act: Act) -> None:
    act(EVENTS_SHOWN + 5)
    ada = visitor(person("ada", administrator=True).account)
    page = ada.page(f"{AUDIT}?person=Anna&page_host=ads.example-one.test&record=/console/records/{RECORD}")
    assert rows(page) == EVENTS_SHOWN
    (more,) = [link for link in page.all("a") if link.text == "More"]
    second = ada.page(more.attributes["href"].replace("&amp;", "&"))
    assert rows(second) == 5
    assert second.one("input", id="person").attributes["value"] == "Anna"
    assert [link.text for link in second.all("a", class_="button")] == ["Show all", "Back to the newest"]
    assert rows(ada.page(f"{AUDIT}?since=2027-01-15&until=2027-01-15&action=fill:grant")) == EVENTS_SHOWN
    assert "No event found" in ada.page(f"{AUDIT}?until=2027-01-14").text


@pytest.mark.parametrize("query", ["record=x", "since=yesterday", "until=2027-13-01"])
def test_what_cannot_be_looked_for_is_said(visitor: Visitors, person: People, query: str) -> None:
    answer = visitor(person("ada", administrator=True).account).get(f"{AUDIT}?{query}")
    assert answer.status_code == 422
    assert Html(answer.text).one("p", role="alert").text


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_export_is_what_the_search_finds_and_is_on_record(
    visitor: Visitors, person: People, act: Act, form: str
) -> None:
    act(2, detail="=1+1")
    ada = visitor(person("ada", administrator=True).account)
    answer = ada.post(f"{AUDIT}/export", form=f"{AUDIT}?person=anna", person="anna", format=form)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f"attachment; filename=wayfill-audit-2027-01-15.{form}"
    assert answer.headers["Cache-Control"] == "no-store"
    text = answer.data.decode()
    if form == "csv":
        assert [row["detail"] for row in csv.DictReader(io.StringIO(text, newline=""))] == ["'=1+1"] * 2
    else:
        assert [json.loads(line)["account_name"] for line in text.splitlines()] == [ANNA.name] * 2
    assert f"{form}: person anna" in ada.page(f"{AUDIT}?action=audit:export").text


def test_an_export_without_the_forms_token_is_refused(visitor: Visitors, person: People, kernel: Kernel) -> None:
    ada = visitor(person("ada", administrator=True).account)
    assert ada.send(f"{AUDIT}/export", {"format": "csv"}).status_code == 403
    assert "No event found" in ada.page(f"{AUDIT}?action=audit:export").text


def test_what_somebody_typed_is_text_on_the_page(visitor: Visitors, person: People, act: Act) -> None:
    act(1, detail="<script>alert(1)</script>")
    page = visitor(person("ada", administrator=True).account).page(f"{AUDIT}?person=%22%3E%3Cscript%3E")
    assert "<script>" not in page.source
    shown = visitor(person("ann", administrator=True).account).page(AUDIT)
    assert "<script>alert(1)</script>" in shown.text
    assert "<script>alert" not in shown.source
