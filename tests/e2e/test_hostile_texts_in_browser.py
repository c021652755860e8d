"""H10 in Chromium: what was typed as script is shown as text on every page, and nothing of it is executed."""

import asyncio
from collections.abc import Iterator

import pytest
from playwright.async_api import Page

from tests.e2e.browser import chromium, keep_screenshot, sign_in
from tests.e2e.node import Node
from tests.integration.hostile import payloads
from tests.waiting import until_async

PAGES = (
    "/wall",
    "/recordings",
    "/publish",
    "/account",
    "/terminals",
    "/organisation/departments",
    "/organisation/officers",
    "/organisation/items",
    "/organisation/delegations",
    "/people/accounts",
    "/people/permits",
    "/people/recoveries",
    "/ledger",
)
# What any of the payloads would leave behind if it were taken for more than text.
LEFT = "document.querySelectorAll('img[src=x], svg[onload], iframe, object, base, script:not([src])').length"
SETTLED = "document.readyState === 'complete' && document.body.innerText.trim().length > 0"


def texts() -> Iterator[str]:
    for text in (*payloads.SCRIPT, *payloads.FORMULAS, *payloads.LETTERS):
        if len(text) <= 60 and text.isprintable() and text.strip() == text:
            yield text


def type_everywhere(node: Node) -> int:
    """Into names of terminals, departments, officers, items and people; how many were taken."""
    client, taken = node.client(), 0
    departments = {one["path"]: one for one in node.get("/api/v1/org/departments")["departments"]}
    for number, text in enumerate(texts(), start=1):
        path = f"{number % 21 + 1:02d}"
        answers = [
            client.patch(f"/api/v1/devices/T{path}01", json={"name": text, "name_en": text}),
            client.put(
                f"/api/v1/org/departments/{path}",
                json={"name": text, "name_en": text},
                headers={"If-Match": f'"{departments[path]["version"]}"'},
            ),
            client.post(
                "/api/v1/org/officers",
                json={"name": text, "certificate": f"证号-{number}", "department": path, "expires_on": "2039-12-31"},
            ),
            client.post(
                "/api/v1/org/items",
                json={
                    "code": f"XX-{number}",
                    "name": text,
                    "kind": "penalty",
                    "department": "02",
                    "basis": [{"law": text, "text": text}],
                    "question_types": ["other"],
                },
            ),
            client.post("/api/v1/people", json={"account": f"person-{number}", "name": text, "department": path}),
            client.post(f"/api/v1/devices/T{path}02/revoke", json={"reason": text}),
        ]
        taken += sum(one.is_success for one in answers)
        assert not [one.text for one in answers if one.status_code >= 500]
    return taken


def watch(page: Page) -> list[str]:
    """Everything that would tell of something executed."""
    found: list[str] = []

    async def dismissed(dialog: object) -> None:
        found.append(f"a dialog: {dialog}")
        await dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", dismissed)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on(
        "console",
        lambda message: found.append(message.text) if "Content Security Policy" in message.text else None,
    )
    return found


@pytest.mark.browser
async def test_no_page_executes_what_was_typed(node: Node) -> None:
    async with chromium() as browser:
        page = await (await browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")).new_page()
        found = watch(page)
        await sign_in(page, node)
        assert await asyncio.to_thread(type_everywhere, node) > 60
        shown = ""
        for path in PAGES:
            answer = await page.goto(node.url + path)
            assert answer is not None and "script-src 'self'" in answer.headers["content-security-policy"]
            await until_async(lambda: page.evaluate(SETTLED), 30, f"{path} is shown")
            await asyncio.sleep(0.5)  # lists are asked for after the page stands
            assert await page.evaluate(LEFT) == 0, path
            shown += await page.inner_text("body")
        await keep_screenshot(page, "hostile-texts")
    assert found == []
    assert "<img src=x onerror=alert(1)>" in shown and "=1+1" in shown  # as text


@pytest.mark.browser
async def test_what_is_executed_would_be_seen() -> None:
    """The listeners are shown to hear before their silence is believed: a page that writes it as markup."""
    async with chromium() as browser:
        page = await browser.new_page()
        found = watch(page)
        await page.set_content("<body>" + "".join(texts()))
        await until_async(lambda: bool(found), 10, "a dialog")
        assert await page.evaluate(LEFT) > 3
