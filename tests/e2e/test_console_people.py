"""People in Chromium: a first sign-in to the end, an account made, its rights given, all of it proven in the ledger."""

import asyncio
import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.browser import chromium, complaints_of, keep_screenshot
from tests.e2e.node import Node
from tests.e2e.office import PASSWORD, Office

OWN = "Xuanhua-Bell-Tower-1554"


async def window(browser: Browser) -> Page:
    context = await browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    page = await context.new_page()
    page.set_default_timeout(20_000)
    return page


async def begin(page: Page, office: Office, account: str) -> None:
    await page.goto(f"{office.node.url}/sign-in")
    await page.fill("#account", account)
    await page.fill("#password", office.passwords[account])
    await page.click("button[type=submit] >> nth=0")


async def choose_password(page: Page, password: str) -> None:
    await page.fill("#new-password", password)
    await page.fill("#new-password-again", password)
    await page.get_by_role("button", name="继续").click()


async def enrol(page: Page, office: Office, account: str) -> None:
    """As with an authenticator: the secret is read off the page."""
    secret = (await page.locator("code.secret").inner_text()).replace(" ", "")
    await expect(page.locator("svg.qr")).to_be_visible()
    office.secrets[account] = secret
    await page.fill("#totp", "000000")
    await page.get_by_role("button", name="继续").click()
    await expect(page.get_by_role("alert")).to_contain_text("验证码不正确")
    await page.fill("#totp", await asyncio.to_thread(office.code, account))
    await page.get_by_role("button", name="继续").click()
    await expect(page.locator("ol.codes li")).to_have_count(10)
    await page.get_by_role("button", name="已保存").click()


async def first_sign_in(page: Page, office: Office, account: str) -> None:
    await begin(page, office, account)
    await choose_password(page, PASSWORD)
    await enrol(page, office, account)
    office.passwords[account] = PASSWORD


async def make_account(page: Page, node: Node) -> str:
    """The one-time password, read where it is shown."""
    await page.goto(f"{node.url}/people")
    await page.get_by_role("button", name="新建账号").click()
    await page.fill("#new-account", "linmei")
    await page.fill("#new-name", "林梅")
    await page.get_by_role("button", name="建立").click()
    shown = await page.locator("output").inner_text()
    await page.get_by_role("button", name="已记下").click()
    return shown.strip()


async def give_rights(page: Page, node: Node) -> None:
    await page.goto(f"{node.url}/people")
    await page.locator("tr.row", has_text="linmei").click()
    await page.get_by_role("button", name="角色与部门").click()
    await page.get_by_text("审计管理员", exact=True).last.click()
    await page.get_by_text("调度值班员", exact=True).last.click()  # which leaves the administrator's role
    await page.get_by_role("button", name="保存").click()
    await expect(page.locator("tr.row", has_text="linmei")).to_contain_text("调度值班员")
    await expect(page.locator("tr.row", has_text="linmei")).not_to_contain_text("审计管理员")


async def prove_in_ledger(page: Page, node: Node) -> None:
    await page.goto(f"{node.url}/ledger")
    for act in ("建立账号", "修改角色与部门"):
        await expect(page.locator("tr.row", has_text=act).first).to_be_visible()
    await page.locator("tr.row", has_text="修改角色与部门").first.click()
    await page.get_by_role("button", name="取得并核验证明").click()
    await expect(page.locator(".notice.good")).to_contain_text("核验通过")
    await keep_screenshot(page, "ledger")


@pytest.mark.browser
async def test_three_administrators_make_a_person_who_signs_in(office: Office) -> None:
    async with chromium() as browser:
        system, security, audit, person = [await window(browser) for _ in range(4)]
        complaints = [complaints_of(page) for page in (system, security, audit)]
        await first_sign_in(system, office, "system")
        await system.wait_for_url(re.compile("/organisation"))
        await expect(system.locator("nav >> text=台账")).to_have_count(0)  # the audit administrator's alone
        office.passwords["linmei"] = await make_account(system, office.node)
        await first_sign_in(security, office, "security")
        await security.wait_for_url(re.compile("/people"))
        await give_rights(security, office.node)

        await begin(person, office, "linmei")
        await person.fill("#new-password", "short")
        await expect(person.get_by_role("button", name="继续")).to_be_disabled()
        await choose_password(person, OWN)
        await person.wait_for_url(re.compile("/wall"))
        await person.goto(f"{office.node.url}/people")  # not hers: she is shown what is
        await person.wait_for_url(re.compile("/wall"))

        await first_sign_in(audit, office, "audit")
        await prove_in_ledger(audit, office.node)
        # A wrong code is a 401, which browsers write down; nothing else may be there.
        assert [one for told in complaints for one in told if "status of 401" not in one] == []


@pytest.mark.browser
async def test_a_wrong_password_is_told_and_the_second_factor_asked_again(office: Office) -> None:
    await asyncio.to_thread(office.settle, "system")
    async with chromium() as browser:
        page = await window(browser)
        right, office.passwords["system"] = office.passwords["system"], "not-this-one-9A"
        await begin(page, office, "system")
        await expect(page.get_by_role("alert")).to_contain_text("账号或口令不正确")
        office.passwords["system"] = right
        await begin(page, office, "system")
        await page.fill("#totp", "123456")
        await page.get_by_role("button", name="继续").click()
        await expect(page.get_by_role("alert")).to_contain_text("验证码不正确")
        await page.fill("#totp", await asyncio.to_thread(office.code, "system"))
        await page.get_by_role("button", name="继续").click()
        await page.wait_for_url(re.compile("/organisation"))
        # A step up: the server says that the factor was shown too long ago, once.
        asked = 0

        async def stale_once(route: object) -> None:
            nonlocal asked
            asked += 1
            if asked == 1:
                problem = '{"type":"about:blank","title":"x","status":403,"code":"second_factor_needed"}'
                await route.fulfill(status=403, content_type="application/problem+json", body=problem)  # type: ignore[attr-defined]
            else:
                await route.continue_()  # type: ignore[attr-defined]

        await page.route("**/api/v1/people", stale_once)
        await page.goto(f"{office.node.url}/people")
        await page.get_by_role("button", name="新建账号").click()
        await page.fill("#new-account", "hejun")
        await page.fill("#new-name", "何军")
        await page.get_by_role("button", name="建立").click()
        await expect(page.get_by_text("再次验证身份")).to_be_visible()
        await page.fill("#totp", await asyncio.to_thread(office.code, "system"))
        await page.get_by_role("button", name="验证并继续").click()
        await expect(page.locator("output")).to_be_visible()
        assert asked == 2
