"""What an operator does at the console: signs in, finds recordings by words, plays an enforcement, across a cut too."""

import re
from dataclasses import dataclass

from playwright.async_api import Browser, Page, expect

from tests.e2e.browser import complaints_of, keep_screenshot
from tests.e2e.signed_in import Signed
from tests.e2e.test_browser_playback import CLOCK, COLOURS, PLAYS, TIME, clock_at, state_purpose
from tests.waiting import until_async

COLOURFUL = 8  # a decoder that shows nothing shows one colour
LATE_S, DAY_S = 5, 86_400
ALL = 7  # seconds of an enforcement's beginning that are watched


@dataclass(frozen=True, slots=True)
class Sought:
    """What is known of the enforcement; `cut_utc_s`: a moment within the time that the network was cut."""

    terminal: str
    words: tuple[str, ...]
    department: str
    cut_utc_s: float
    cut_begun_utc_s: float


async def at_the_console(browser: Browser, url: str, operator: Signed) -> Page:
    """Signed in by hand at the sign-in page, behind the county's own certificate authority."""
    context = await browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", ignore_https_errors=True
    )
    page = await context.new_page()
    page.set_default_timeout(20_000)
    await page.goto(f"{url}/recordings")
    await page.get_by_label("账号").fill(operator.account)
    await page.get_by_label("口令", exact=True).fill(operator.password)
    await page.get_by_role("button", name="登录", exact=True).click()
    await page.wait_for_url("**/recordings")
    return page


async def ask(page: Page, words: str) -> None:
    await page.get_by_label("关键词").fill(words)
    await page.get_by_role("button", name="查询").click()


async def find(page: Page, sought: Sought) -> None:
    """By the department, the terminal, and each of the words; words that are not there find nothing."""
    rows = page.locator("tr.row", has_text=sought.terminal)
    box = page.get_by_role("combobox", name="部门")
    await box.click(force=True)  # a label lies over it
    await box.fill(sought.department)
    await page.locator(".el-select-dropdown__item:visible", has_text=sought.department).first.click()
    await page.get_by_label("终端", exact=True).fill(sought.terminal)
    await ask(page, "没有这样的店")
    await expect(page.get_by_text("没有符合条件的录像")).to_be_visible()
    for words in sought.words:
        await ask(page, words)
        await expect(rows.filter(has_text="终端原始录像").first).to_be_visible()
    await expect(rows.first).to_contain_text("100%")
    await keep_screenshot(page, "whole-process-search")


async def shown_s(page: Page) -> float:
    """The seconds of the county's day that the player shows."""
    shown = str(await page.evaluate(CLOCK))
    found = re.search(r"(\d\d):(\d\d):(\d\d)\.(\d{3})", shown)
    if found is None:
        return -1.0
    hours, minutes, seconds, thousandths = map(int, found.groups())
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000


async def plays_from(page: Page, utc_s: float, for_s: float) -> None:
    """A jump to that moment lands there, and the picture goes on for so long by its own clock."""
    wanted = (int(utc_s) + 8 * 3600) % DAY_S
    await page.fill("#jump", clock_at(int(utc_s) * 1000))
    await page.press("#jump", "Enter")

    async def is_there() -> bool:
        return wanted - 1 <= await shown_s(page) <= wanted + LATE_S and bool(await page.evaluate(PLAYS))

    await until_async(is_there, 30, f"the picture of {clock_at(int(utc_s) * 1000)}")
    begun = await page.evaluate(TIME)

    async def went_on() -> bool:
        return await shown_s(page) >= wanted + for_s and float(await page.evaluate(TIME)) > begun

    await until_async(went_on, for_s + 30, f"{for_s} s of it")
    assert await page.evaluate(COLOURS) > COLOURFUL, "the picture shows nothing"


async def found_and_played(browser: Browser, url: str, operator: Signed, sought: Sought) -> None:
    page = await at_the_console(browser, url, operator)
    complaints = complaints_of(page)
    await find(page, sought)
    own = page.locator("tr.row", has_text=sought.terminal).filter(has_text="终端原始录像").first
    await own.get_by_role("link").first.click()
    await state_purpose(page)
    await until_async(lambda: page.evaluate(PLAYS), 60, "a picture")
    begun = await page.evaluate(TIME)
    await until_async(lambda: page.evaluate(f"{TIME} > {begun + 2}"), 30, "two seconds of it")
    await keep_screenshot(page, "whole-process-recording")
    await page.get_by_role("link", name="整次执法").click()
    # Another viewing, for the same purpose: its words are still there, and are put on record anew.
    dialog = page.get_by_role("dialog", name="说明查看用途")
    await expect(dialog.get_by_label("具体说明")).not_to_have_value("")
    assert await page.locator("video").count() == 0
    await dialog.get_by_role("button", name="开始查看").click()
    await until_async(lambda: page.evaluate(PLAYS), 60, "a picture of the whole enforcement")
    await expect(page.locator("main > header")).to_contain_text("完整率 100%")
    await expect(page.locator(".moments .tag", has_text="缺失")).to_have_count(0)
    await plays_from(page, sought.cut_begun_utc_s - 3, ALL)  # over the beginning of the cut
    await plays_from(page, sought.cut_utc_s, 2)
    await keep_screenshot(page, "whole-process-cut")
    await plays_from(page, sought.cut_begun_utc_s - 5, 1)  # and back
    assert complaints == []
