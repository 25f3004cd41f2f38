"use strict";
// Makes the matrix of the embedded report, and filters it. Text is only ever set as text.
(() => {
  const { columns, labels, runs } = JSON.parse(document.getElementById("data").textContent);
  const columnOf = {};
  for (const [column, modes] of Object.entries(columns))
    for (const mode of modes) columnOf[mode] = column;
  // Of several modes one is failed if any is, declared if all are; of several backends the worst counts.
  const OVER_MODES = { declared: 0, passed: 1, failed: 2 };
  const OVER_RUNS = { passed: 0, declared: 1, failed: 2 };
  const SIGN = { passed: "✓", declared: "–", failed: "✗" };
  const WORD = { passed: "passed", declared: "declared unsupported", failed: "failed" };
  const worse = (rank, a, b) => (a === undefined || rank[b] > rank[a] ? b : a);
  const number = (n) => n.toLocaleString("en");
  const several = (n, word) => `${number(n)} ${word}${n === 1 ? "" : "s"}`;

  /** An element; attributes whose value is false or undefined are left out. */
  function el(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "on") for (const [event, run] of Object.entries(value)) made.addEventListener(event, run);
      else if (value !== false && value !== undefined) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  // The data: op -> { family, cells: column -> one cell or undefined for each run }

  const ops = new Map();
  runs.forEach((run, i) => {
    for (const entry of run.entries) {
      if (!ops.has(entry.op)) ops.set(entry.op, { name: entry.op, family: entry.family, cells: {}, words: [] });
      const op = ops.get(entry.op);
      const row = (op.cells[columnOf[entry.mode] ?? entry.mode] ??= runs.map(() => undefined));
      const cell = (row[i] ??= { state: undefined, checks: 0, failed: 0, declared: 0, seconds: 0, failures: [], reasons: new Set() });
      cell.state = worse(OVER_MODES, cell.state, entry.state);
      cell.declared += entry.declared;
      for (const reason of entry.reasons) cell.reasons.add(reason);
      cell.checks += entry.checks;
      cell.failed += entry.failed;
      cell.seconds += entry.seconds;
      cell.failures.push(...entry.failures);
      op.words.push(...entry.failures.map((each) => `${each.check} ${each.message}`), ...cell.reasons);
    }
  });
  for (const op of ops.values()) op.words = [op.name, op.family, ...new Set(op.words)].join(" ").toLowerCase();
  const families = [...new Set([...ops.values()].map((op) => op.family))].sort();
  const used = [...new Set([...Object.keys(columns), ...[...ops.values()].flatMap((op) => Object.keys(op.cells))])].filter((column) => [...ops.values()].some((op) => column in op.cells));

  /** The worst state of an op among the shown runs, in one column or all; undefined if it has none. */
  function stateOf(op, column) {
    let state;
    runs.forEach((_, i) => {
      const found = column ? op.cells[column]?.[i] : sumOf(op, i);
      if (found && shown[i]) state = worse(OVER_RUNS, state, found.state);
    });
    return state;
  }

  /** The same for one run, with the sums of its checks. */
  function sumOf(op, i) {
    const sum = { state: undefined, checks: 0, failed: 0, declared: 0 };
    for (const name of used) {
      const cell = op.cells[name]?.[i];
      if (!cell) continue;
      sum.state = worse(OVER_MODES, sum.state, cell.state);
      sum.checks += cell.checks;
      sum.failed += cell.failed;
      sum.declared += cell.declared;
    }
    return sum.state ? sum : undefined;
  }

  /** A cell in words. */
  function inWords({ state, checks, failed, declared }) {
    if (state === "declared") return WORD.declared;
    if (failed) return `${number(failed)} of ${number(checks)} failed`;
    return declared ? `${number(checks - declared)} passed, ${number(declared)} declared` : `${number(checks)} passed`;
  }

  // Runs

  const shown = runs.map(() => true);
  const one = runs.length === 1;

  function card(run, i) {
    const counts = { passed: 0, declared: 0, failed: 0 };
    for (const op of ops.values()) {
      const sum = sumOf(op, i);
      if (sum) counts[sum.state] += 1;
    }
    const ran = run.entries.reduce((sum, entry) => sum + entry.checks, 0);
    const versions = Object.entries(run.versions).filter(([name]) => name !== run.backend);
    const version = run.versions[run.backend];
    return el(one ? "div" : "label", { class: "run" },
      el("h2", {}, labels[i], version && !labels[i].includes(version) ? el("small", {}, version) : null),
      one ? null : el("input", { type: "checkbox", checked: true, "data-run": i, "aria-label": `Show ${labels[i]}` }),
      el("div", { class: "bar", "aria-hidden": "true" },
        ...Object.entries(counts).filter(([, n]) => n).map(([state, n]) => el("i", { class: state, style: `flex:${n}` }))),
      el("ul", { class: "counts" },
        ...Object.entries(counts).filter(([state, n]) => n || state !== "declared").map(([state, n]) =>
          el("li", { class: n ? state : "" }, el("b", {}, number(n)), ` ${state}`))),
      run.complete ? null : el("p", {}, el("span", { class: "badge" }, "not the whole suite")),
      el("p", {}, run.complete ? several(ran, "check") : `${number(ran)} of ${several(run.suite, "check")}`,
        ` in ${run.seconds < 10 ? run.seconds.toFixed(1) : Math.round(run.seconds)} s`),
      el("p", { class: "platform" }, versions.map((pair) => pair.join(" ")).join(" · ")),
      el("p", { class: "platform" }, `${run.platform} · ${run.started.slice(0, 16).replace("T", " ")} UTC`));
  }

  // The matrix

  /** The shortest beginnings of the runs' names, two letters at least, that tell them apart. */
  const initials = labels.map((label) => {
    for (let n = 2; n < label.length; n += 1)
      if (labels.filter((other) => other.startsWith(label.slice(0, n))).length === 1) return n > 3 ? label[0] : label.slice(0, n);
    return label.slice(0, 2);
  });

  function mark(cell, i) {
    if (!cell) return el("span", { class: "mark none", "data-run": i });
    const text = one ? inWords(cell) : `${labels[i]}: ${inWords(cell)}`;
    return el("span", { class: `mark ${cell.state}`, title: text, "data-run": i, "data-state": cell.state },
      el("span", { "aria-hidden": "true" }, SIGN[cell.state]), el("span", { class: "said" }, text));
  }

  function marks(row) {
    const made = el("div", { class: "marks" }, ...runs.map((_, i) => mark(row?.[i], i)));
    if (one && row?.[0]) {
      const { state, failed, declared, checks } = row[0];
      const share = failed ? `${failed}/${checks}` : declared ? `${checks - declared}/${checks}` : `${checks}`;
      if (state !== "declared") made.append(el("small", { "aria-hidden": "true" }, share));
    }
    return made;
  }

  function heading() {
    const letters = () => one ? null : el("span", { class: "initials", "aria-hidden": "true" },
      ...initials.map((text, i) => el("i", { title: labels[i], "data-run": i }, text)));
    return el("tr", {}, el("th", { scope: "col" }, "function"),
      ...used.map((name) => el("th", { scope: "col", class: "column", "data-column": name }, name, letters())),
      el("th", { scope: "col", class: "overall" }, "all modes", letters()));
  }

  function rowOf(op) {
    const button = el("button", { type: "button", class: "name", "aria-expanded": "false" }, op.name);
    const row = el("tr", { class: "op", "data-op": op.name }, el("th", { scope: "row" }, button),
      ...used.map((name) => el("td", { class: "column", "data-column": name }, op.cells[name] ? marks(op.cells[name]) : "")),
      el("td", { class: "overall" }, marks(runs.map((_, i) => sumOf(op, i)))));
    button.addEventListener("click", () => unfold(op, button.getAttribute("aria-expanded") === "false"));
    return row;
  }

  function unfold(op, open) {
    op.row.querySelector(".name").setAttribute("aria-expanded", String(open));
    op.detail?.remove();
    op.detail = open ? el("tr", { class: "detail" }, el("td", { colspan: used.length + 2 }, el("div", {}, ...details(op)))) : null;
    if (open) op.row.after(op.detail);
  }

  function details(op) {
    const present = used.filter((name) => op.cells[name]?.some((cell, i) => cell && shown[i]));
    const visible = labels.map((label, i) => [label, i]).filter(([, i]) => shown[i]);
    const parts = [el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": `${op.name} by mode and backend` },
      el("table", { class: "modes" },
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "mode"), ...visible.map(([label]) => el("th", { scope: "col" }, label)))),
        el("tbody", {}, ...present.map((name) => el("tr", {}, el("th", { scope: "row" }, name), ...visible.map(([, i]) => {
          const cell = op.cells[name][i];
          if (!cell) return el("td", {}, "");
          return el("td", { class: cell.state }, inWords(cell), " ", el("small", {}, `${cell.seconds.toFixed(2)} s`));
        }))))))];
    for (const [label, i] of visible) {
      const reasons = new Set(present.flatMap((name) => [...(op.cells[name][i]?.reasons ?? [])]));
      for (const reason of reasons) parts.push(el("p", {}, el("b", {}, `${label} declares unsupported: `), reason));
    }
    for (const [label, i] of visible) {
      const cells = present.map((name) => op.cells[name][i]).filter(Boolean);
      const failures = cells.flatMap((cell) => cell.failures);
      if (!failures.length) continue;
      const total = cells.reduce((sum, cell) => sum + cell.failed, 0);
      parts.push(el("h3", {}, one ? several(total, "failure") : `${several(total, "failure")} on ${label}`),
        ...failures.map((failure, n) => told(failure, n === 0)));
      if (total > failures.length) parts.push(el("p", {}, `and ${several(total - failures.length, "other")}.`));
    }
    return parts;
  }

  function told(failure, open) {
    const side = (name) => el("div", { class: name }, el("h4", {}, name), el("pre", { tabindex: "0" }, failure[name]));
    const compared = failure.expected || failure.actual;
    return el("details", { class: "failure", open },
      el("summary", {}, el("code", {}, failure.check), " ", el("span", {}, failure.message.split("\n")[0])),
      el("div", {},
        failure.call ? el("h4", {}, "call") : null, failure.call ? el("pre", { tabindex: "0" }, failure.call) : null,
        compared ? el("div", { class: "sides" }, side("expected"), side("actual")) : null,
        failure.message.includes("\n") ? el("h4", {}, "what differs") : null,
        failure.message.includes("\n") ? el("pre", { tabindex: "0" }, failure.message) : null,
        failure.text ? el("details", { class: "trace" }, el("summary", {}, "as pytest prints it"), el("pre", { tabindex: "0" }, failure.text)) : null));
  }

  // Filters

  const form = document.getElementById("filters");
  const table = document.getElementById("matrix");
  const STATES = ["all", "failed", "declared", "passed"];

  function apply() {
    const { q, family, mode } = form.elements;
    const words = q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = form.elements.state.value;
    const totals = { all: 0, failed: 0, declared: 0, passed: 0 };
    let count = 0;
    for (const op of ops.values()) {
      const state = stateOf(op, mode.value);
      const fits = state && (!family.value || op.family === family.value) && words.every((word) => op.words.includes(word));
      if (fits) {
        totals.all += 1;
        totals[state] += 1;
      }
      op.visible = Boolean(fits && (wanted === "all" || state === wanted));
      op.row.hidden = !op.visible;
      if (op.detail) op.detail.hidden = !op.visible;
      count += op.visible;
    }
    for (const body of table.tBodies) {
      const rows = [...body.querySelectorAll("tr.op:not([hidden])")];
      body.hidden = !rows.length;
      body.querySelector("small").textContent = several(rows.length, "function");
    }
    table.classList.toggle("chosen", Boolean(mode.value));
    for (const each of table.querySelectorAll(".column"))
      each.hidden = Boolean(mode.value) && each.dataset.column !== mode.value;
    for (const each of document.querySelectorAll(".mark[data-run], .initials [data-run]")) each.hidden = !shown[each.dataset.run];
    for (const each of form.querySelectorAll("fieldset small")) each.textContent = number(totals[each.dataset.state]);
    document.getElementById("found").textContent =
      count === ops.size ? several(count, "function") : `${number(count)} of ${several(ops.size, "function")}`;
    table.hidden = !count;
    document.getElementById("nothing").hidden = count > 0;
    remember();
  }

  /** The filter is kept in the address, so that it can be sent. */
  function remember() {
    const kept = new URLSearchParams();
    for (const name of ["q", "state", "family", "mode"]) {
      const value = form.elements[name].value;
      if (value && value !== "all") kept.set(name, value);
    }
    if (shown.includes(false)) kept.set("hidden", labels.filter((_, i) => !shown[i]).join(","));
    history.replaceState(null, "", `#${kept}`);
  }

  function recall() {
    const kept = new URLSearchParams(location.hash.slice(1));
    for (const name of ["q", "state", "family", "mode"]) {
      const before = form.elements[name].value;
      form.elements[name].value = kept.get(name) ?? (name === "state" ? "all" : "");
      if (name !== "q" && name !== "state" && form.elements[name].selectedIndex < 0) form.elements[name].value = before;
    }
    if (!STATES.includes(form.elements.state.value)) form.elements.state.value = "all";
    const hidden = (kept.get("hidden") ?? "").split(",");
    labels.forEach((label, i) => show(i, !hidden.includes(label)));
  }

  function show(i, on) {
    shown[i] = on;
    const input = document.querySelector(`.run [data-run="${i}"]`);
    if (!input) return;
    input.checked = on;
    input.closest(".run").classList.toggle("off", !on);
    for (const op of ops.values()) if (op.detail) unfold(op, true);
  }

  function clear() {
    form.reset();
    labels.forEach((_, i) => show(i, true));
    apply();
  }

  // The page

  document.getElementById("runs").append(...runs.map(card));
  form.querySelector("fieldset").append(...STATES.map((state) => el("label", {},
    el("input", { type: "radio", name: "state", value: state, checked: state === "all" }),
    el("span", {}, state === "all" ? "All" : state[0].toUpperCase() + state.slice(1), " ", el("small", { "data-state": state })))));
  form.elements.family.append(el("option", { value: "" }, "All families"), ...families.map((name) => el("option", { value: name }, name)));
  form.elements.mode.append(el("option", { value: "" }, "All modes"), ...used.map((name) => el("option", { value: name }, name)));
  document.getElementById("legend").append(
    ...Object.keys(SIGN).map((state) => el("span", {}, el("span", { class: `mark ${state}`, "aria-hidden": "true" }, SIGN[state]), WORD[state])),
    one ? "" : el("span", {}, `In each cell: ${labels.join(", ")}.`));
  table.classList.toggle("one", one);
  table.tHead.append(heading());
  for (const family of families) {
    const members = [...ops.values()].filter((op) => op.family === family);
    for (const op of members) op.row = rowOf(op);
    table.append(el("tbody", { "data-family": family },
      el("tr", { class: "family" }, el("th", { colspan: used.length + 2, scope: "rowgroup" }, el("b", {}, family), el("small", {}))),
      ...members.map((op) => op.row)));
  }
  document.getElementById("plain").hidden = true;
  document.querySelector("main").hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("runs").addEventListener("change", (event) => {
    show(Number(event.target.dataset.run), event.target.checked);
    apply();
  });
  document.querySelector("#nothing button").addEventListener("click", clear);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(input|select|textarea)$/i.test(event.target.tagName)) {
      event.preventDefault();
      form.elements.q.focus();
    }
  });
  window.addEventListener("hashchange", () => {
    recall();
    apply();
  });
  // The head of the table stays below the filters, whatever their height.
  new ResizeObserver(() => document.documentElement.style.setProperty("--filters", `${form.offsetHeight}px`)).observe(form);
  recall();
  apply();
})();
