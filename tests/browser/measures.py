"""What the browser is asked about a page: short scripts, each returning what is wrong with it."""

from __future__ import annotations

_IS_SEEN = """
const seen = (e) => e.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true,
  opacityProperty: true }) && e.getBoundingClientRect().height > 0;
const named = (e) => e.outerHTML.slice(0, 120);
"""


def _script(body: str) -> str:
    return f"() => {{{_IS_SEEN}{body}}}"


SCROLLS_SIDEWAYS = """() => {
  const root = document.documentElement;
  return Math.max(root.scrollWidth, document.body.scrollWidth) - root.clientWidth;
}"""
"""By how many CSS pixels the page is wider than its window."""

STICKS_OUT = _script("""
  const width = document.documentElement.clientWidth;
  const boxed = (e) => e.closest(".scroll, svg, .for-ears, .skip");
  return [...document.body.querySelectorAll("*")]
    .filter((e) => !boxed(e) && seen(e) && e.getBoundingClientRect().right > width + 0.5)
    .map(named);
""")
"""What reaches past the right edge, outside of tables that scroll in their own box."""

SMALL_TARGETS = _script("""
  const inSentence = (e) => e.tagName === "A" && e.closest("p, li, dd, td, th, figcaption");
  return [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
    .filter((e) => seen(e) && !inSentence(e) && !e.classList.contains("skip"))
    .filter((e) => { const r = e.getBoundingClientRect(); return r.width < 24 || r.height < 24; })
    .map(named);
""")
"""Targets under 24 by 24 CSS pixels (WCAG 2.2, 2.5.8); links in running text are exempt."""

DEAD_CONTROLS = _script("""
  return [...document.querySelectorAll("button, input, select, textarea, output, form")]
    .filter((e) => seen(e) && !(e.type === "checkbox" && e.id === "initials-only")).map(named);
""")
"""Controls to be seen that do nothing without a script."""

UNSEEN_CONTENT = _script("""
  const leaf = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const skipped = ".initials, .skip, .for-ears, .choice, script, style, title, desc, option, .finder";
  return [...document.body.querySelectorAll("*")]
    .filter((e) => leaf(e) && !e.closest(skipped) && !seen(e)).map(named);
""")
"""Elements with words of their own that cannot be seen."""

FAINT_SIGNS = _script("""
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const shown = (colour) => parts(colour).length < 4 || parts(colour)[3] > 0;
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (shown(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const same = (a, b) => String(parts(a).slice(0, 3)) === String(parts(b).slice(0, 3));
  const faint = (e) => {
    const colour = getComputedStyle(e).color;
    const cut = e.querySelector(".cut");
    return same(colour, ground(e)) || (cut && same(colour, getComputedStyle(cut).stroke));
  };
  return [...document.querySelectorAll("svg.icon")].filter(seen).filter(faint).map(named);
""")
"""Signs in the colour of what they stand on, or of what is cut out of them."""

CUT_OFF = _script("""
  return [...document.querySelectorAll(".scroll")]
    .filter((e) => seen(e) && e.scrollWidth > e.clientWidth + 1)
    .map((e) => `${e.scrollWidth - e.clientWidth}px: ${e.getAttribute("aria-label")}`);
""")
"""Tables wider than the sheet: paper has no scroll bar."""
