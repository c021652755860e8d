"""Exports in Chromium: asked for by one person, approved by another with a second factor, fetched, custody read."""

import asyncio
import time
import zipfile
from pathlib import Path

import httpx2
import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.browser import chromium, complaints_of, keep_screenshot
from tests.e2e.looks import keep_looks
from tests.e2e.office import PASSWORD, Office
from tests.e2e.test_console_playback import end_recordings
from tests.waiting import until, until_async

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]
KEPT_US = 4_000_000
FRESH_S = 20


@pytest.fixture(autouse=True)
def soon_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second factor that was shown counts for seconds, so that the page has to ask for it again."""
    monkeypatch.setenv("DISPATCH__IDENTITY__FRESH_S", str(FRESH_S))


def hire(office: Office, system: httpx2.Client, security: httpx2.Client, account: str, name: str) -> None:
    """An operator of the whole county."""
    made = system.post("/api/v1/people", json={"account": account, "name": name, "department": ""})
    assert made.status_code == 201, made.text
    person = made.json()["person"]
    rights = {"version": person["version"], "roles": ["operator"], "department": ""}
    given = security.put(f"/api/v1/people/{person['id']}/rights", json=rights)
    assert given.status_code == 200, given.text
    office.passwords[account] = made.json()["one_time_password"]


def enrol(office: Office, client: httpx2.Client, account: str) -> None:
    """An authenticator; the sign-in itself has not shown it."""
    begun = client.post("/api/v1/me/second-factor", json={"present": PASSWORD})
    assert begun.status_code == 201, begun.text
    office.secrets[account] = begun.json()["secret"]
    shown = {"ticket": begun.json()["ticket"], "totp": office.code(account)}
    answer = client.put("/api/v1/me/second-factor", json=shown)
    assert answer.status_code == 204, answer.text


def record(office: Office, client: httpx2.Client) -> str:
    """Some seconds of a simulated terminal, closed."""
    node = office.node
    node.client({one.name: str(one.value) for one in client.cookies.jar})
    node.simulate(1)
    found = until(
        lambda: [one for one in node.get("/api/v1/recordings")["recordings"] if one["kept_us"] >= KEPT_US],
        60,
        "a recording",
    )
    end_recordings(node)
    return str(found[0]["recording_id"])


async def ask(page: Page, url: str, recording: str) -> None:
    """From the search's page, where the recording is chosen."""
    await page.goto(f"{url}/recordings")
    await page.locator("tr.row input[type=checkbox]").first.check()
    await page.get_by_role("link", name="申请导出").click()
    dialog = page.get_by_role("dialog", name="申请调取")
    await expect(dialog.locator("#export-ids")).to_have_value(recording)
    send = dialog.get_by_role("button", name="提交申请")
    await expect(send).to_be_disabled()
    await page.fill("#export-purpose", "行政诉讼举证")
    await page.fill("#export-recipient", "县人民法院")
    await keep_looks(page, "exports_form")
    await send.click()
    drawer = page.locator(".el-drawer:visible")
    await expect(drawer).to_contain_text("待批")
    await expect(drawer.get_by_role("button", name="批准")).to_have_count(0)
    await expect(drawer.get_by_role("button", name="取得链接")).to_have_count(0)
    await expect(drawer.get_by_role("button", name="撤回")).to_be_visible()


async def approve(page: Page, office: Office, account: str) -> None:
    await page.goto(f"{office.node.url}/exports/waiting")
    await page.locator("tr.row", has_text="行政诉讼举证").click()
    await page.get_by_role("button", name="批准", exact=True).click()
    proof = page.get_by_role("dialog", name="再次验证")
    await expect(proof).to_be_visible()  # not without the second factor
    await keep_screenshot(page, "exports_second_factor")
    await proof.locator("input").first.fill(await asyncio.to_thread(office.code, account))
    await proof.get_by_role("button", name="验证").click()
    await expect(page.locator(".el-drawer:visible")).to_contain_text("复核员乙")
    await expect(page.locator("tr.row")).to_have_count(0)  # it waits no more


async def fetch(page: Page, folder: Path) -> None:
    """The page finds by itself that the package is ready; the browser fetches it."""
    drawer = page.locator(".el-drawer:visible")
    await drawer.get_by_role("button", name="取得链接").click(timeout=90_000)
    async with page.expect_download(timeout=60_000) as coming:
        await drawer.get_by_role("link", name="下载").click()
    file = folder / "package.zip"
    await (await coming.value).save_as(file)
    with zipfile.ZipFile(file) as package:
        assert package.testzip() is None
        names = package.namelist()
        assert any(name.endswith("manifest.json") for name in names), names
        films = [one for one in package.infolist() if one.filename.endswith(".mp4")]
        assert films and sum(one.file_size for one in films) > 50_000, names


async def read_custody(page: Page) -> None:
    """In words, the fetching included."""
    drawer = page.locator(".el-drawer:visible")
    await drawer.get_by_role("button", name="查看保管链").click()
    people, acts = ("值班员甲", "复核员乙"), ("申请导出", "批准或拒绝导出", "资料包制作完成", "下载资料包")
    for words in (*people, *acts, "接收方 县人民法院"):
        await expect(drawer.locator("ol")).to_contain_text(words)
    await keep_looks(page, "exports_custody")


async def only_looks(page: Page, url: str) -> None:
    """Who reads the ledger sees exports and their custody, and does nothing with them."""
    await page.goto(f"{url}/exports/approved")
    await expect(page.get_by_role("button", name="申请调取")).to_have_count(0)
    await page.locator("tr.row", has_text="行政诉讼举证").click()
    drawer = page.locator(".el-drawer:visible")
    await expect(drawer.get_by_role("button", name="查看保管链")).to_be_visible()
    for name in ("批准", "拒绝", "取得链接", "撤回"):
        await expect(drawer.get_by_role("button", name=name, exact=True)).to_have_count(0)


async def hired(office: Office, browser: Browser) -> tuple[Page, Page, Page, httpx2.Client]:
    """Who asks, who approves, and the audit administrator; the client of the first."""
    system, security = [await asyncio.to_thread(office.settle, account) for account in ("system", "security")]
    for account, name in (("zhiban", "值班员甲"), ("fuhe", "复核员乙")):
        await asyncio.to_thread(hire, office, system, security, account, name)
    asker, client = await office.window(browser, "zhiban")
    approver, other = await office.window(browser, "fuhe")
    await asyncio.to_thread(enrol, office, other, "fuhe")
    audit, _ = await office.window(browser, "audit")
    return asker, approver, audit, client


async def test_a_package_is_asked_for_approved_and_fetched(office: Office, tmp_path: Path) -> None:
    url = office.node.url
    async with chromium() as browser:
        asker, approver, audit, client = await hired(office, browser)
        enrolled = time.monotonic()
        recording = await asyncio.to_thread(record, office, client)

        async def is_found() -> bool:
            return len(await asyncio.to_thread(lambda: office.node.get("/api/v1/search/recordings")["recordings"])) == 1

        await until_async(is_found, 20, "the recording in the search")
        complaints = [complaints_of(page) for page in (asker, audit)]
        await ask(asker, url, recording)
        await until_async(lambda: time.monotonic() > enrolled + FRESH_S, FRESH_S + 5)
        await approve(approver, office, "fuhe")
        await fetch(asker, tmp_path)
        await read_custody(asker)
        await asker.goto(f"{url}/exports/derivatives")
        await expect(asker.get_by_text("还没有衍生件")).to_be_visible()
        await keep_screenshot(asker, "exports_derivatives")
        await only_looks(audit, url)
        await keep_looks(audit, "exports_approved")
    assert complaints == [[], []]
