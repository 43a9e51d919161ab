"""The form for the token, as somebody meets it who opens the address without one."""

import pytest

TOKEN = "a-token-for-the-tests"


@pytest.fixture(scope="module")
def browser(chromium):
    with chromium(None) as started:
        yield started


@pytest.fixture(scope="module")
def guarded(running):
    with running(net="lobonet", token=TOKEN) as server:
        yield f"http://127.0.0.1:{server.port}/"


def sign_in(visit, token):
    visit.page.fill("#token", token)
    visit.page.click("button")


def test_the_form_asks_for_the_token_and_opens_the_page(browser, guarded, visiting):
    # The browser itself logs the refusals, 401, as errors.
    with visiting(browser, guarded, expected="401") as visit:
        page = visit.page
        page.goto(guarded)
        assert page.title() == "mien: sign in"
        assert page.evaluate("document.activeElement.id") == "token"
        assert page.get_attribute("#token", "type") == "password"
        assert page.inner_text("#problem") == ""
        sign_in(visit, "a-wrong-token-of-some-length")
        visit.text("#problem", r"\w+ .*\.")
        assert page.url == guarded
        sign_in(visit, TOKEN)
        visit.wait("#server", "data-state", "open")
        # The token is neither in the address nor in the history, and a reload needs none.
        assert page.url == guarded
        (cookie,) = page.context.cookies()
        assert cookie["httpOnly"] and TOKEN not in cookie["value"]
        page.reload()
        visit.wait("#server", "data-state", "open")
        assert not [url for url in visit.requests if TOKEN in url]


def test_an_empty_token_is_not_sent(browser, guarded, visiting):
    with visiting(browser, guarded, expected="401") as visit:
        visit.page.goto(guarded)
        before = len(visit.requests)
        visit.page.click("button")
        assert visit.page.evaluate("document.getElementById('token').validity.valueMissing")
        assert len(visit.requests) == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_form_is_accessible(browser, guarded, visiting, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    size = (390, 844)
    with visiting(browser, guarded, size, expected="401", color_scheme=scheme) as visit:
        visit.page.goto(guarded)
        sign_in(visit, "a-wrong-token-of-some-length")
        visit.text("#problem", r"\w+ .*\.")
        results = axe.run(visit.page)
        assert results.violations_count == 0, results.generate_report()
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= size[0]
