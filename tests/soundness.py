"""What every page must pass, wherever a browser test is: axe finds nothing, and nothing is wider than the screen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tests.chromium import VIEWPORTS

AXE = Axe().axe_script
# What axe tells of all that is right stays in the browser: to bring it here takes longer than to find what is wrong.
# Three quarters of its time were the contrast of texts, hundreds on a page, though a column of a table looks the same
# in each row: where a text was found right, those whose look and whose grounds are the same are right too.
FAULTS = """options => {
  const looks = new Map(), nodes = new Map(), right = new Set();
  const look = node => {
    if (!node) return 0;
    if (nodes.has(node)) return nodes.get(node);
    const {color, backgroundColor, backgroundImage, opacity, position, filter} = getComputedStyle(node);
    const own = [look(node.parentElement), node.localName, node.className, color, backgroundColor, backgroundImage,
      opacity, position, filter].join("|");
    if (!looks.has(own)) looks.set(own, looks.size + 1);
    nodes.set(node, looks.get(own));
    return looks.get(own);
  };
  const check = axe._audit.checks["color-contrast"], contrast = check.evaluate;
  check.evaluate = function (node, ...more) {
    const {fontSize, fontWeight, textShadow, webkitTextStroke} = getComputedStyle(node);
    const text = [look(node), fontSize, fontWeight, textShadow, webkitTextStroke].join("|");
    if (right.has(text)) return true;
    const found = contrast.call(this, node, ...more);
    if (found === true) right.add(text);
    return found;
  };
  return axe.run({iframes: false, resultTypes: ["violations"], ...options}).then(({violations}) =>
    violations.flatMap(({id, nodes}) => nodes.map(one => `${id}: ${one.target} ${one.html} ${one.failureSummary}`)));
}"""


def faults(page: Any, **options: Any) -> list[str]:
    """What axe finds wrong with this page, one text each. options: axe's own, such as `runOnly`.

    A mail shown in a frame is not ours to judge as a page: its own tests do.
    """
    page.wait_for_load_state()  # a click returns once the next page has begun
    page.evaluate(AXE)
    found: list[str] = page.evaluate(FAULTS, options)
    return found


def sound(page: Any, picture: str = "") -> None:
    """Fail with axe's report at this width, or with the width at which something sticks out.

    picture: its name in the folder that AGORA_PICTURES names, when there is one.
    """
    found = faults(page)
    assert not found, "\n".join(found)
    fits(page)
    folder = os.environ.get("AGORA_PICTURES")
    if folder and picture:
        width = page.viewport_size["width"]
        page.screenshot(path=str(Path(folder) / f"{picture}-{width}.png"), full_page=True)


def fits(page: Any) -> None:
    """Nothing is wider than this screen, nor than a phone, but for regions that scroll by themselves."""
    was = page.viewport_size
    _fits(page)
    if was["width"] > VIEWPORTS["phone"][0]:
        page.set_viewport_size(dict(zip(("width", "height"), VIEWPORTS["phone"], strict=True)))
        _fits(page)
        page.set_viewport_size(was)


def _fits(page: Any) -> None:
    wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= room, f"{page.url} is {wide} px wide on a screen of {room}"
