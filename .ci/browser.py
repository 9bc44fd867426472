"""Opens dossiers in headless Chromium and does what an investigator does.

    browser.py CHROMIUM SCREENSHOTS DOSSIER.html...

Fails on: a console message, any request but that for the file itself, a chart or timeline that is not drawn or does not
answer to filter, pointer or keyboard, a table that does not come out as CSV, a fold that stays closed on paper, and what
axe-core calls serious or critical. Ends with a line of how many checks passed and failed.
"""

import csv
import io
import pathlib
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

passed, failed = 0, 0


def check(what, held, told=""):
    global passed, failed
    if held:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {what} {told}")


def view_box(page, selector):
    return page.locator(selector).first.get_attribute("viewBox")


def chart(page):
    figure = "figure.chart >> nth=0"
    nodes, edges = page.locator(f"{figure} >> g.n"), page.locator(f"{figure} >> path.e")
    check("the chart has nodes", nodes.count() > 3)
    check("and links", edges.count() > 3)
    places = nodes.evaluate_all("all => all.map(n => n.getAttribute('transform'))")
    check("no two nodes lie in one place", len(set(places)) == len(places))
    rows = page.locator(f"{figure} >> tbody tr")
    check("the table has a row for each link", rows.count() == edges.count())

    visible = "all => all.filter(e => getComputedStyle(e).display !== 'none').length"
    shown = edges.evaluate_all(visible)
    page.locator(f"{figure} >> input[value=bought]").uncheck()
    fewer = edges.evaluate_all(visible)
    bought = page.locator(f"{figure} >> path.e.bought").count()
    check("the filter hides the links of its kind", fewer == shown - bought and bought > 0)
    check("and their rows", rows.locator("visible=true").count() <= fewer)
    page.locator(f"{figure} >> input[value=bought]").check()
    page.locator(f"{figure} >> input[type=range]").evaluate(
        "e => { e.value = e.max; e.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    check("the lowest bits hide the links below", edges.evaluate_all(visible) < shown)
    page.locator(f"{figure} >> input[type=range]").evaluate(
        "e => { e.value = 0; e.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    check("and show them again", edges.evaluate_all(visible) == shown)

    details = page.locator(f"{figure} >> .details")
    before = details.inner_text()
    page.locator(figure).scroll_into_view_if_needed()
    name = page.locator(f"{figure} >> g.n.name").first
    name.hover()
    check("a pointer over a node shows its details", details.inner_text() != before)
    check("with its links", details.locator("li").count() > 0)

    page.locator(f"{figure} >> g.n[tabindex='0']").focus()
    start = page.evaluate("document.activeElement.dataset.i")
    visited = {start}
    for key in ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"]:
        page.keyboard.press(key)
        visited.add(page.evaluate("document.activeElement.dataset.i"))
    check("arrow keys move between nodes", len(visited) > 1)
    page.keyboard.press("Enter")
    check("Enter chooses a node", page.locator(f"{figure} >> g.n.chosen").count() == 1)
    box = view_box(page, "svg.links")
    page.keyboard.press("+")
    check("+ zooms", view_box(page, "svg.links") != box)
    page.keyboard.press("0")
    check("0 shows all", view_box(page, "svg.links") == box)
    page.keyboard.press("Escape")
    check("Escape lets go", page.locator(f"{figure} >> g.n.chosen").count() == 0)

    place, line = name.get_attribute("transform"), name.get_attribute("data-i")
    path = page.locator(f"{figure} >> path.e[data-b='{line}']").first
    drawn = path.get_attribute("d")
    at = name.locator("path").bounding_box()
    page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    page.mouse.down()
    page.mouse.move(at["x"] + 40, at["y"] + 30, steps=4)
    page.mouse.up()
    check("a node is dragged", name.get_attribute("transform") != place)
    check("and its links follow", path.get_attribute("d") != drawn)


def timeline(page):
    figure = "figure.timeline >> nth=0"
    check("the timeline has marks", page.locator(f"{figure} >> .m").count() > 3)
    check("and days with volume", page.locator(f"{figure} >> rect.volume").count() > 3)
    whole = view_box(page, "svg.plot")
    page.locator(f"{figure} >> [data-zoom=window]").click()
    window = view_box(page, "svg.plot")
    check("it shows the ring's window", window != whole)
    page.locator(f"{figure} >> [data-zoom=in]").click()
    check("it zooms", view_box(page, "svg.plot") != window)
    check("the axis has labels", page.locator(f"{figure} >> .ticks text").count() >= 2)
    page.locator(f"{figure} >> svg.time").focus()
    zoomed = view_box(page, "svg.plot")
    page.keyboard.press("ArrowRight")
    check("arrow keys move it", view_box(page, "svg.plot") != zoomed)
    page.keyboard.press("0")
    check("0 shows all of it", view_box(page, "svg.plot") == whole)
    tip = page.locator(f"{figure} >> .tip")
    before = tip.inner_text()
    bar = page.locator(f"{figure} >> rect.volume").last
    bar.scroll_into_view_if_needed()
    bar.hover(force=True)
    check("a bar tells its figures", tip.inner_text() != before)


def tables(page):
    with page.expect_download() as download:
        page.locator("section.preserve button.save").click()
    text = pathlib.Path(download.value.path()).read_text(encoding="utf-8")
    check("the CSV begins with a byte order mark", text.startswith("\ufeff"))
    rows = list(csv.reader(io.StringIO(text[1:])))
    check("it has the rows of the table", len(rows) == page.locator("#preserve-table tr").count())
    cells = [c for row in rows for c in row]
    check("no cell is a formula", not any(c[:1] in "=@\t\r" for c in cells if c))


def paper(page, name, shots):
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    closed = page.locator("details:not([open])").count()
    check("nothing is folded on paper", closed == 0, f"{closed} are")
    check("buttons are not printed", page.locator("button.save >> visible=true").count() == 0)
    if page.locator("tr").count() < 5_000:
        page.pdf(path=str(shots / f"{name}.pdf"), format="A4", prefer_css_page_size=True)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")


def fluid(page):
    """Milliseconds a frame takes while the chart is moved: told, not judged."""
    return page.evaluate(
        """async () => {
          const svg = document.querySelector('svg.links');
          svg.scrollIntoView();
          const [x, y, w, h] = svg.dataset.full.split(' ').map(Number);
          const frame = () => new Promise(requestAnimationFrame);
          await frame();
          svg.classList.add('moving');
          const start = performance.now();
          for (let i = 1; i <= 30; i++) { svg.setAttribute('viewBox', `${x + i} ${y + i} ${w} ${h}`); await frame(); }
          svg.setAttribute('viewBox', svg.dataset.full);
          svg.classList.remove('moving');
          return (performance.now() - start) / 30;
        }"""
    )


def dossier(browser, path, shots):
    page = browser.new_page(viewport={"width": 1360, "height": 900})
    said, asked = [], []
    page.on("console", lambda m: said.append(f"{m.type}: {m.text}"))
    page.on("pageerror", lambda e: said.append(str(e)))
    page.on("request", lambda r: asked.append(r.url))
    page.goto(path.as_uri())
    name = path.stem
    page.screenshot(path=str(shots / f"{name}-top.png"))
    for part in ["chart", "timeline"]:
        page.locator(f"figure.{part} >> nth=-1").screenshot(path=str(shots / f"{name}-{part}.png"))
    chart(page)
    timeline(page)
    tables(page)
    print(f"{name}: {fluid(page):.0f} ms a frame while {page.locator('figure.chart >> nth=0 >> g.n').count()} nodes move")
    paper(page, name, shots)
    if page.locator("tr").count() < 5_000:
        found = Axe().run(page).response["violations"]
        grave = [v for v in found if v["impact"] in ("serious", "critical")]
        check("axe-core finds nothing serious", not grave, [(v["id"], v["nodes"][0]["html"][:200]) for v in grave])
    check("nothing was said on the console", not said, said)
    check("nothing but the file was asked for", asked == [path.as_uri()], asked)
    page.close()


def main():
    chromium, shots = sys.argv[1], pathlib.Path(sys.argv[2])
    shots.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for path in sys.argv[3:]:
            dossier(browser, pathlib.Path(path).resolve(), shots)
        browser.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
