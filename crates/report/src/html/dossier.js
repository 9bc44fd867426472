"use strict";
// Shows, hides and moves what stands in the document. Nothing is fetched, and no text becomes markup.
(() => {
  const all = (root, selector) => Array.from(root.querySelectorAll(selector));
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  // ---- tables as CSV -------------------------------------------------------------------------------------------
  // A cell that a spreadsheet would take for a formula gets an apostrophe; numbers with a sign stay numbers.
  const cell = (text) => {
    const plain = text.replace(/\s+/g, " ").trim();
    const formula = /^[=@\t\r]/.test(plain) || (/^[+-]/.test(plain) && !/^[+-][\d.,]+$/.test(plain));
    return '"' + (formula ? "'" : "") + plain.replace(/"/g, '""') + '"';
  };
  const csv = (table) =>
    "\uFEFF" + all(table, "tr").map((row) => Array.from(row.cells, (c) => cell(c.textContent)).join(",")).join("\r\n") + "\r\n";
  for (const table of all(document, "table[data-csv]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "save";
    button.textContent = document.body.dataset.save;
    button.addEventListener("click", () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([csv(table)], { type: "text/csv" }));
      link.download = table.dataset.csv;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
    table.parentElement.before(button);
  }

  // ---- link chart ----------------------------------------------------------------------------------------------
  const chart = (figure) => {
    const svg = figure.querySelector("svg.links");
    const details = figure.querySelector(".details");
    const nodes = all(svg, ".n");
    const edges = all(svg, ".e").map((line) => ({
      line, a: +line.dataset.a, b: +line.dataset.b, bits: +line.dataset.bits, tie: line.classList[1],
    }));
    const rows = all(figure, "tbody tr.e");
    const places = nodes.map((node) => node.getAttribute("transform").match(/-?[\d.]+/g).map(Number));
    const links = nodes.map(() => []);
    for (const edge of edges) {
      links[edge.a].push(edge);
      links[edge.b].push(edge);
    }
    const full = svg.dataset.full.split(" ").map(Number);
    let view = full.slice();
    let chosen = -1;

    // Where links are many they are left out while the ground moves, so that it moves with the hand.
    let still = 0;
    const show = () => {
      svg.setAttribute("viewBox", view.join(" "));
      svg.classList.add("moving");
      clearTimeout(still);
      still = setTimeout(() => svg.classList.remove("moving"), 150);
    };
    const zoom = (factor, x = view[0] + view[2] / 2, y = view[1] + view[3] / 2) => {
      const size = clamp(view[2] * factor, full[2] / 40, full[2] * 2);
      const scale = size / view[2];
      view = [x - (x - view[0]) * scale, y - (y - view[1]) * scale, size, view[3] * scale];
      show();
    };
    const draw = (edge) => {
      const [ax, ay] = places[edge.a], [bx, by] = places[edge.b], middle = (ax + bx) / 2;
      edge.line.setAttribute("d", `M${ax} ${ay}C${middle} ${ay} ${middle} ${by} ${bx} ${by}`);
    };

    // Nodes keep their place whatever is filtered; those left without a link are dimmed.
    const filter = () => {
      const kinds = new Set(all(figure, ".tools input:checked").map((box) => box.value));
      const least = +figure.querySelector("input[type=range]").value;
      figure.querySelector("output").textContent = least;
      const linked = new Set();
      edges.forEach((edge, i) => {
        edge.off = !kinds.has(edge.tie) || edge.bits < least;
        edge.line.classList.toggle("off-kind", edge.off);
        if (rows[i]) rows[i].classList.toggle("off-kind", edge.off);
        if (!edge.off) linked.add(edge.a).add(edge.b);
      });
      nodes.forEach((node, i) => node.classList.toggle("dim", !linked.has(i)));
    };

    const near = (place, on) => links[place].forEach((edge) => edge.line.classList.toggle("near", on));
    const tell = (place) => {
      const head = document.createElement("p");
      const strong = document.createElement("strong");
      strong.textContent = nodes[place].getAttribute("aria-label");
      head.append(strong);
      const list = document.createElement("ul");
      for (const edge of links[place].filter((e) => !e.off).slice(0, 200)) {
        const item = document.createElement("li");
        const other = edge.a === place ? edge.b : edge.a;
        item.textContent = `${edge.line.dataset.t}: ${nodes[other].getAttribute("aria-label")}`;
        list.append(item);
      }
      details.replaceChildren(head, list);
      const member = nodes[place].dataset.m;
      const target = member && document.getElementById(`${figure.dataset.prefix}-m${member}`);
      if (target) {
        const link = document.createElement("a");
        link.href = `#${target.id}`;
        link.textContent = target.closest("section").querySelector("h3:nth-of-type(2)").textContent;
        link.addEventListener("click", () => { target.open = true; });
        head.append(" ", link);
      }
    };
    const choose = (place) => {
      if (chosen >= 0) {
        nodes[chosen].classList.remove("chosen");
        near(chosen, false);
      }
      chosen = place;
      if (place < 0) return;
      nodes[place].classList.add("chosen");
      near(place, true);
      tell(place);
    };
    const focus = (place) => {
      for (const node of nodes) if (node.tabIndex === 0) node.tabIndex = -1;
      nodes[place].tabIndex = 0;
      nodes[place].focus({ preventScroll: true });
      const [x, y] = places[place];
      if (x < view[0] || y < view[1] || x > view[0] + view[2] || y > view[1] + view[3]) {
        view = [x - view[2] / 2, y - view[3] / 2, view[2], view[3]];
        show();
      }
    };
    // The nearest node in the direction of the arrow; what lies across counts three times.
    const toward = (place, dx, dy) => {
      const [x, y] = places[place];
      let best = -1, least = Infinity;
      places.forEach(([px, py], i) => {
        const along = (px - x) * dx + (py - y) * dy, across = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
        const far = along + 3 * across;
        if (i !== place && along > 0.5 && far < least) [best, least] = [i, far];
      });
      return best;
    };

    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    svg.addEventListener("keydown", (event) => {
      const node = event.target.closest(".n");
      const place = node ? +node.dataset.i : -1;
      if (place >= 0 && arrows[event.key]) {
        const next = toward(place, ...arrows[event.key]);
        if (next >= 0) focus(next);
      } else if (place >= 0 && (event.key === "Enter" || event.key === " ")) choose(place);
      else if (event.key === "Escape") choose(-1);
      else if (event.key === "+" || event.key === "=") zoom(0.75);
      else if (event.key === "-") zoom(1 / 0.75);
      else if (event.key === "0") { view = full.slice(); show(); }
      else return;
      event.preventDefault();
    });
    svg.addEventListener("focusin", (event) => {
      const node = event.target.closest(".n");
      if (node) tell(+node.dataset.i);
    });
    svg.addEventListener("pointerover", (event) => {
      const node = event.target.closest(".n");
      if (node && !drag) { near(+node.dataset.i, true); tell(+node.dataset.i); }
    });
    svg.addEventListener("pointerout", (event) => {
      const node = event.target.closest(".n");
      if (!node || drag) return;
      if (+node.dataset.i !== chosen) near(+node.dataset.i, false);
      if (chosen >= 0) tell(chosen);
    });

    // One pointer moves a node or the ground; a press that does not move is a choice.
    let drag = null;
    const scale = () => view[2] / svg.getBoundingClientRect().width;
    svg.addEventListener("pointerdown", (event) => {
      const node = event.target.closest(".n");
      drag = { x: event.clientX, y: event.clientY, place: node ? +node.dataset.i : -1, moved: false };
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointermove", (event) => {
      if (!drag) return;
      const dx = (event.clientX - drag.x) * scale(), dy = (event.clientY - drag.y) * scale();
      if (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 3) return;
      drag.moved = true;
      [drag.x, drag.y] = [event.clientX, event.clientY];
      if (drag.place < 0) {
        view = [view[0] - dx, view[1] - dy, view[2], view[3]];
        show();
        return;
      }
      const place = places[drag.place];
      place[0] += dx;
      place[1] += dy;
      nodes[drag.place].setAttribute("transform", `translate(${place[0]},${place[1]})`);
      links[drag.place].forEach(draw);
    });
    const release = () => {
      if (drag && !drag.moved) {
        if (drag.place >= 0) focus(drag.place);
        choose(drag.place);
      }
      drag = null;
    };
    svg.addEventListener("pointerup", release);
    svg.addEventListener("pointercancel", () => { drag = null; });
    svg.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const box = svg.getBoundingClientRect();
      const at = [view[0] + (event.clientX - box.left) * scale(), view[1] + (event.clientY - box.top) * scale()];
      zoom(event.deltaY < 0 ? 0.8 : 1.25, ...at);
    }, { passive: false });

    for (const input of all(figure, ".tools input")) input.addEventListener("input", filter);
    for (const button of all(figure, "[data-zoom]")) {
      button.addEventListener("click", () => {
        if (button.dataset.zoom === "in") zoom(0.75);
        else if (button.dataset.zoom === "out") zoom(1 / 0.75);
        else { view = full.slice(); show(); }
      });
    }
    filter();
  };

  // ---- timeline ------------------------------------------------------------------------------------------------
  const JST = 9 * 3600;
  const STEPS = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10800, 43200, 86400, 172800, 604800, 2419200];
  const timeline = (figure) => {
    const svg = figure.querySelector("svg.time");
    const plot = svg.querySelector(".plot");
    const labels = svg.querySelector(".ticks"), grid = plot.querySelector(".grid");
    const tip = figure.querySelector(".tip");
    const start = +svg.dataset.start / 1e6, length = +svg.dataset.length;
    const left = +svg.dataset.left, axis = +svg.dataset.axis;
    const height = plot.viewBox.baseVal.height;
    const space = "http://www.w3.org/2000/svg";
    let from = 0, shown = length;

    const stamp = (seconds, step) => {
      const text = new Date((seconds + JST) * 1000).toISOString();
      if (step >= 86400) return text.slice(0, 10);
      return text.slice(5, 10) + " " + text.slice(11, step >= 60 ? 16 : 19);
    };
    const show = () => {
      shown = clamp(shown, Math.min(30, length), length);
      from = clamp(from, 0, length - shown);
      plot.setAttribute("viewBox", `${from} 0 ${shown} ${height}`);
      const step = STEPS.find((s) => shown / s <= 8) || shown / 8;
      const ticks = [], lines = [];
      const first = Math.ceil((start + from + JST) / step) * step - JST;
      for (let at = first; at <= start + from + shown; at += step) {
        const text = document.createElementNS(space, "text");
        text.setAttribute("x", left + ((at - start - from) / shown) * axis);
        text.setAttribute("y", 14);
        text.textContent = stamp(at, step);
        ticks.push(text);
        const line = document.createElementNS(space, "path");
        line.setAttribute("d", `M${at - start} 26V${height}`);
        lines.push(line);
      }
      labels.replaceChildren(...ticks);
      grid.replaceChildren(...lines);
    };
    const zoom = (factor, at = from + shown / 2) => {
      const next = clamp(shown * factor, Math.min(30, length), length);
      from = at - (at - from) * (next / shown);
      shown = next;
      show();
    };
    const window_ = () => {
      const [a, b] = [+svg.dataset.from, +svg.dataset.to];
      const edge = Math.max((b - a) * 0.05, 300);
      [from, shown] = [a - edge, b - a + 2 * edge];
      show();
    };
    const moment = (event) => {
      const box = plot.getBoundingClientRect();
      const drawn = svg.getBoundingClientRect(), unit = drawn.width / svg.viewBox.baseVal.width;
      const x = box.width ? event.clientX - drawn.left - left * unit : 0;
      return from + clamp(x / (axis * unit), 0, 1) * shown;
    };
    for (const button of all(figure, "[data-zoom]")) {
      const act = { in: () => zoom(0.5), out: () => zoom(2), window: window_, all: () => { [from, shown] = [0, length]; show(); } };
      button.addEventListener("click", act[button.dataset.zoom]);
    }
    svg.addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft") { from -= shown / 5; show(); }
      else if (event.key === "ArrowRight") { from += shown / 5; show(); }
      else if (event.key === "+" || event.key === "=") zoom(0.5);
      else if (event.key === "-") zoom(2);
      else if (event.key === "0") { [from, shown] = [0, length]; show(); }
      else return;
      event.preventDefault();
    });
    svg.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoom(event.deltaY < 0 ? 0.8 : 1.25, moment(event));
    }, { passive: false });
    let pan = null;
    svg.addEventListener("pointerdown", (event) => { pan = moment(event); svg.setPointerCapture(event.pointerId); });
    svg.addEventListener("pointerup", () => { pan = null; });
    svg.addEventListener("pointercancel", () => { pan = null; });
    svg.addEventListener("pointermove", (event) => {
      if (pan !== null) { from += pan - moment(event); show(); return; }
      const text = event.target.dataset && event.target.dataset.t;
      if (text) tip.textContent = text;
    });
  };

  all(document, "figure.chart").forEach(chart);
  all(document, "figure.timeline").forEach(timeline);

  // ---- links into folded parts, and paper ------------------------------------------------------------------------
  const unfold = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
  };
  addEventListener("hashchange", unfold);
  unfold();
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all(document, "details:not([open])");
    for (const part of folded) part.open = true;
  });
  addEventListener("afterprint", () => { for (const part of folded) part.open = false; });
})();
