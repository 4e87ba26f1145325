"""A reader comes in, stays out with a wrong password, and is led back after the log-in has ended."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.foreign


def test_a_reader_logs_in_and_sees_the_worklist(page, fill_log_in, node):
    node.publish("ct-head")
    page.goto("/")
    fill_log_in()
    expect(page.get_by_role("heading", name="Worklist")).to_be_visible()
    expect(page.locator("tbody tr").first).to_contain_text("CT HEAD W/O CONTRAST")


def test_a_wrong_password_is_refused_in_plain_words_and_the_name_is_kept(page, fill_log_in):
    page.goto("/")
    fill_log_in("not the password")
    expect(page.get_by_role("alert")).to_contain_text("do not fit together")
    expect(page.get_by_label("Reader")).to_have_value("Dr Ada Example")
    expect(page.get_by_label("Password")).to_have_value("")
    page.goto("/worklist")
    expect(page).to_have_url(re.compile(r"/$"))


def test_after_logging_out_the_pages_are_closed(log_in):
    page = log_in()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.goto("/worklist")
    expect(page.get_by_label("Password")).to_be_visible()


def test_an_ended_log_in_leads_back_to_the_same_study_and_the_text_comes_back(log_in, fill_log_in, node):
    item = node.publish("ct-head")
    page = log_in()
    page.goto(f"/worklist/{item}")
    page.get_by_role("button", name="Claim this study").click()
    expect(page.get_by_label("Findings")).to_be_focused()
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()
    page.get_by_label("Findings").fill("Written while the log-in ended.")
    page.wait_for_url("**/?expired=1&next=*")
    expect(page.get_by_role("status")).to_contain_text("Your log-in has ended")
    fill_log_in()
    page.wait_for_url(f"**/worklist/{item}")
    expect(page.get_by_label("Findings")).to_have_value("Written while the log-in ended.")
    expect(page.locator("#save-state")).to_contain_text("Saved")
