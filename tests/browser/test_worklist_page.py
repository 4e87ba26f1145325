"""The worklist table: keyboard, tabs, modality chips, refresh in place."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.foreign


def test_the_keyboard_alone_opens_a_study(log_in, node):
    node.publish("ct-head")
    node.publish("dx-chest")
    page = log_in()
    expect(page.locator("tbody tr").nth(1)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator("tbody tr").nth(1)
    expect(second.locator("a")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("tbody tr").first.locator("a")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/worklist/[0-9a-f]{32}$"))


def test_a_modality_chip_narrows_the_list(log_in, node):
    node.publish("ct-head")
    node.publish("dx-chest")
    page = log_in()
    page.get_by_role("button", name="DX").click()
    expect(page.locator("tbody [data-cell=modality]").filter(has_text="CT")).to_have_count(0)
    expect(page.locator("tbody [data-cell=modality]").filter(has_text="DX").first).to_be_visible()
    page.get_by_role("button", name="DX").click()
    expect(page.locator("tbody [data-cell=modality]").filter(has_text="CT").first).to_be_visible()


def test_a_refresh_shows_new_studies_and_leaves_the_reader_in_place(log_in, node):
    node.publish("ct-head")
    page = log_in()
    expect(page.locator("tbody tr").first).to_be_visible()
    page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.closest('tr').dataset.id")
    added = node.publish("mr-brain")
    page.keyboard.press("r")
    expect(page.locator(f"tr[data-id='{added}']")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('tr').dataset.id") == focused


def test_an_empty_list_says_what_to_do(log_in):
    page = log_in("Dr Cleo Example")
    page.get_by_role("button", name="Mine").click()
    expect(page.get_by_role("heading", name="You have claimed no study.")).to_be_visible()
    expect(page.get_by_role("table")).to_be_hidden()


def test_a_list_that_cannot_be_loaded_says_so_and_comes_by_itself(log_in, node):
    node.publish("ct-head")
    page = log_in()
    expect(page.locator("tbody tr").first).to_be_visible()
    page.route("**/api/worklist?**", lambda route: route.abort())
    page.get_by_role("button", name="Signed").click()
    expect(page.get_by_role("heading", name="The worklist cannot be loaded.")).to_be_visible()
    expect(page.get_by_role("table")).to_be_hidden()
    page.unroute("**/api/worklist?**")
    page.keyboard.press("1")
    expect(page.locator("tbody tr").first).to_be_visible()


def test_a_slow_list_says_that_it_is_on_its_way(log_in, node):
    node.publish("ct-head")
    page = log_in()
    expect(page.locator("tbody tr").first).to_be_visible()
    held = []

    def hold(route):
        held.append(route)  # a function, since the library marks what it calls

    page.route("**/api/worklist?**", hold)
    page.get_by_role("button", name="Mine").click()
    expect(page.get_by_role("heading", name="One moment.")).to_be_visible()
    held[0].continue_()
    expect(page.get_by_role("heading", name="One moment.")).to_be_hidden()
