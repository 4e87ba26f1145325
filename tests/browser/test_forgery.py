"""What a foreign page could make a logged-in browser do: nothing."""

import pytest

pytestmark = pytest.mark.foreign


def test_a_change_with_the_cookie_but_without_the_token_is_refused(log_in, node):
    item = node.publish("ct-head")
    page = log_in()
    statuses = page.evaluate(
        """async (item) => {
          const plain = await fetch(`/api/worklist/${item}/claim`, {method: 'POST'});
          const wrong = await fetch(`/api/worklist/${item}/claim`, {method: 'POST', headers: {'X-CSRF-Token': 'x'}});
          const logOut = await fetch('/log-out', {method: 'POST'});
          return [plain.status, wrong.status, logOut.status];
        }""",
        item,
    )
    assert statuses == [403, 403, 403]


def test_a_script_inside_a_page_is_not_run(log_in, context):
    log_in()
    page = context.new_page()
    page.goto("/worklist")
    page.evaluate(
        """() => {
          const script = document.createElement('script');
          script.textContent = 'window.injected = true';
          document.body.append(script);
        }"""
    )
    assert page.evaluate("window.injected") is None
