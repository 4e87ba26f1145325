"""The upload page is for everybody: words that stand out, controls with names, the keyboard alone, four languages."""

import pytest
from playwright.sync_api import expect

WORDS, LARGE_WORDS, EDGES = 4.5, 3.0, 3.0  # WCAG 2.1, 1.4.3 and 1.4.11
ARRIVAL = 120_000

# Shows every part of the page at once, each with words in it, so that no state escapes the look.
SHOW_ALL = """() => {
  for (const each of document.querySelectorAll("[hidden]")) each.hidden = false;
  for (const each of document.querySelectorAll("p, dd, a, span:not([aria-hidden])")) {
    if (!each.textContent.trim()) each.textContent = "words";
  }
  for (const each of document.querySelectorAll("details")) each.open = true;
  document.querySelector("#each-file").innerHTML = "<tr><td>path</td><td>words</td></tr>";
  const verdicts = ["published", "duplicate", "kept", "quarantined", "conflict", "pending"];
  document.querySelector("#verdicts").innerHTML = verdicts.map((v) => `<li data-verdict="${v}">words</li>`).join("");
  document.querySelector("#steps li").classList.add("past");
}"""

# Returns what stands out too little: [what, ratio]. Colours are read through a canvas, which knows every notation.
LOOK = """([words, large, edges]) => {
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  const pixel = (colour, behind) => {
    pen.fillStyle = `rgb(${behind.join()})`; pen.fillRect(0, 0, 1, 1);
    pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb.map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const ground = (element) => {
    const behind = element.parentElement ? ground(element.parentElement) : [255, 255, 255];
    return pixel(getComputedStyle(element).backgroundColor, behind);
  };
  const found = [];
  let looked = 0;
  const judge = (element, style, behind, what) => {
    looked += 1;
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? large : words;
    const said = ratio(pixel(style.color, behind), behind);
    if (said < least) found.push([what, said]);
  };
  for (const element of document.body.querySelectorAll("*")) {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    if (!box.width || style.visibility === "hidden" || element.matches(".skip, script, noscript *")) continue;
    const name = `${element.tagName} ${element.id || element.className} ${element.dataset.verdict ?? ""}`;
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (own || element.matches("input:not([type=file])")) judge(element, style, ground(element), name);
    for (const side of ["::before", "::after"]) {
      const beside = getComputedStyle(element, side);
      if (["none", "normal", '""'].includes(beside.content)) continue;
      judge(element, beside, pixel(beside.backgroundColor, ground(element)), `${name} ${side}`);
    }
    if (element.matches("input:not([type=hidden], [type=file]), button:not(.quiet, :disabled), a.button, .drop")) {
      const outside = ground(element.parentElement);
      const edge = pixel(style.borderTopColor, outside);
      if (ratio(edge, outside) < edges) found.push([`edge of ${name}`, ratio(edge, outside)]);
    }
  }
  return { found, looked };
}"""


@pytest.mark.parametrize("path", ["link", "/upload", "/upload/link/gone", "send"])
def test_every_word_and_every_edge_stands_out_from_what_is_behind_it(hospital, visit, begin, path):
    page = visit(hospital.link() if path in {"link", "send"} else path)
    if path == "send":
        begin(page)
        page.evaluate(SHOW_ALL)
    seen = page.evaluate(LOOK, [WORDS, LARGE_WORDS, EDGES])
    assert seen["found"] == []
    assert seen["looked"] > (60 if path == "send" else 7)


def test_a_word_that_does_not_stand_out_would_be_found(hospital, visit):
    page = visit("/upload")
    page.evaluate("document.querySelector('h1').style.color = '#b0b8be'")
    page.evaluate("document.querySelector('input#number').style.borderColor = '#dde3e8'")
    found = {what for what, _ in page.evaluate(LOOK, [WORDS, LARGE_WORDS, EDGES])["found"]}
    assert found == {"H1  ", "edge of INPUT number "}


def test_every_control_has_a_name_and_every_field_a_label_of_its_own(hospital, visit, begin):
    page = begin(visit(hospital.link()))
    page.evaluate(SHOW_ALL)
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, a, summary, input:not([type=hidden]), progress, [role=alert]')]"
        ".filter(e => !(e.textContent.trim() || e.labels?.length || e.getAttribute('aria-label')"
        " || e.getAttribute('aria-labelledby'))).map(e => e.id)"
    )
    assert nameless == []
    dangling = page.evaluate(
        "[...document.querySelectorAll('[aria-labelledby], [aria-describedby], label[for]')]"
        ".flatMap(e => ['aria-labelledby', 'aria-describedby', 'for']"
        ".flatMap(a => (e.getAttribute(a) ?? '').split(' ')))"
        ".filter(id => id && !document.getElementById(id))"
    )
    assert dangling == []
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.evaluate("document.querySelectorAll('[id]').length === new Set([...document.querySelectorAll('[id]')]"
                         ".map(e => e.id)).size")  # fmt: skip


def tab_to(page, selector: str) -> None:
    """Press Tab until an element has the focus, and see that the focus shows."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"the focus on {selector} does not show"
            return
    pytest.fail(f"the keyboard does not reach {selector}")


def test_the_whole_way_can_be_gone_with_the_keyboard_alone(hospital, visit, disc):
    page = visit("/upload")
    tab_to(page, ".skip")
    tab_to(page, "#number")
    page.keyboard.type(hospital.case_number)
    tab_to(page, "#birth_date")
    page.keyboard.type("04071961")
    if page.locator("#birth_date").input_value() != "1961-07-04":  # this browser asks for the month first
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        page.keyboard.type("07041961")
    tab_to(page, "main button.main")
    page.keyboard.press("Enter")
    expect(page.locator("#choose-folder")).to_be_enabled()
    with page.expect_file_chooser() as chooser:
        tab_to(page, "#choose-folder")
        page.keyboard.press("Space")
    chooser.value.set_files(disc)
    expect(page.locator("#send-now")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Everything has arrived")).to_be_focused(timeout=ARRIVAL)
    for selector in ("#print", "#signed", "#more"):
        tab_to(page, selector)
    page.keyboard.press("Enter")
    expect(page.locator("#choose-title")).to_be_focused()


@pytest.mark.parametrize(
    ("language", "heading"),
    [("de-DE", "Wo sind die Bilder?"), ("es-MX", "¿Dónde están las imágenes?"), ("zh-CN", "影像在哪里？")],
)
def test_the_browsers_language_is_spoken_and_every_part_fits_a_phone(hospital, visit, begin, language, heading):
    page = begin(visit(hospital.link(), language=language, width=360, height=740))
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    page.evaluate(SHOW_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
