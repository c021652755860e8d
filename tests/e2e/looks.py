"""How a page looks in both themes, on a small and on a large screen: screenshots for people."""

from playwright.async_api import Page, expect

from tests.e2e.browser import keep_screenshot

SETTLED = "Promise.allSettled(document.getAnimations().map(one => one.finished))"
SIZES = ((1366, 768), (1920, 1080))


async def keep_looks(page: Page, name: str) -> None:
    """Four pictures; the page is as it was afterwards. Nothing of it may hang out of the window."""
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            await page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            await expect(page.locator("html")).to_have_attribute("data-theme", theme)
            await page.evaluate(SETTLED)  # colours do not change at once
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width}"
            await keep_screenshot(page, f"{name}_{theme}_{width}")
    await page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
