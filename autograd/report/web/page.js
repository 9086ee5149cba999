/* page.js - what the page can do when scripts run: walk by keys, light up the drawing, ask, and
 * compute again with other inputs. It reads the page itself; the state is the fragment. */
"use strict";
(() => {
const $ = (s, of) => (of || document).querySelector(s), $$ = (s, of) => [...(of || document).querySelectorAll(s)];
const make = (tag, attributes, ...inside) => {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attributes || {})) k.startsWith("on") ? e.addEventListener(k.slice(2), v) : e.setAttribute(k, v);
  e.append(...inside);
  return e;
};
const data = JSON.parse($("#data").textContent);
const items = $$("#steps .step"), last = items.length;
const steps = items.map((li, i) => ({n: i + 1, li, kind: li.classList[1], gate: li.dataset.g, wire: li.dataset.w, to: li.dataset.i}));
const forwardOf = {}, paysTo = {};
steps.forEach(s => {
  if (s.kind === "f") forwardOf[s.gate] = s.n;
  if (s.kind === "b") (paysTo[s.to] = paysTo[s.to] || []).push(s.n);
});
const seed = steps.find(s => s.kind === "seed"), firstBack = seed.n;
const rows = $$("#wires tr[data-n]"), rowOf = Object.fromEntries(rows.map(r => [r.dataset.n, r]));
const wireName = {}, finalValue = {}, finalGradient = {};
for (const r of rows) {
  wireName[r.dataset.n] = $("th", r).textContent;
  finalValue[r.dataset.n] = r.dataset.v;
  finalGradient[r.dataset.n] = r.dataset.d;
}

/* ---- the drawings: of the whole, and of each scope and loop in it ---- */
const views = $$(".view").map(el => {
  const boxes = $$(".box", el).map(e => {
    const [from, to] = (e.dataset.p || "").split(" ").map(Number);
    return {e, own: e.dataset.n, now: e.dataset.n, kind: e.classList[1], from, to};
  });
  const wires = $$(".wire", el).map(e => ({e, from: boxes[e.dataset.a], to: boxes[e.dataset.b], wire: e.dataset.w}));
  return {el, boxes, wires, rounds: data.rounds[el.dataset.part] || [boxes.map(b => Number(b.own))], title: $("summary", el) ? $("summary", el).textContent : ""};
});
/* The drawing, and which round of it, in which a wire has a box of its own. */
const home = {};
views.forEach(v => v.rounds.forEach((ids, r) => v.boxes.forEach((b, i) => {
  if (b.kind === "gate" || b.kind === "leaf") home[ids[i]] = [v, r];
})));

/* ---- numbers ---- */
const real = v => v === "inf" ? Infinity : v === "-inf" ? -Infinity : v === "nan" ? NaN : v;
const show = v => {
  if (v === null || v === undefined) return "-";
  if (!isFinite(v)) return isNaN(v) ? "nan" : v > 0 ? "inf" : "-inf";
  if (v === 0) return "0";
  const digits = data.digits, [m, e] = v.toExponential(digits - 1).split("e"), power = Number(e);
  const trim = s => s.includes(".") ? s.replace(/\.?0+$/, "") : s;
  if (power < -4 || power >= digits) return trim(m) + "e" + (power < 0 ? "-" : "+") + String(Math.abs(power)).padStart(2, "0");
  return trim(v.toFixed(Math.max(0, digits - 1 - power)));
};

/* ---- the calculation once more, for single numbers ---- */
const tie = real(data.ties), sigmoid = x => 1 / (1 + Math.exp(-x));
/* op: [value, slope along each wire] */
const rules = {
  add: ([a, b]) => [a + b, 1, 1], sub: ([a, b]) => [a - b, 1, -1], mul: ([a, b]) => [a * b, b, a], div: ([a, b]) => [a / b, 1 / b, -a / b / b],
  neg: ([a]) => [-a, -1], scale: ([a], p) => [p * a, p], offset: ([a], p) => [a + p, 1], copy: ([a]) => [a, 1],
  exp: ([a]) => [Math.exp(a), Math.exp(a)], log: ([a]) => [Math.log(a), 1 / a], inv: ([a]) => [1 / a, -1 / a / a], sqrt: ([a]) => [Math.sqrt(a), 0.5 / Math.sqrt(a)],
  square: ([a]) => [a * a, 2 * a], powc: ([a], p) => [a ** p, p === 0 ? 0 : p * a ** (p - 1)], tanh: ([a]) => [Math.tanh(a), 1 - Math.tanh(a) ** 2],
  sigmoid: ([a]) => [sigmoid(a), sigmoid(a) * sigmoid(-a)], relu: ([a]) => [a > 0 ? a : 0, a > 0 ? 1 : 0], sin: ([a]) => [Math.sin(a), Math.cos(a)],
  cos: ([a]) => [Math.cos(a), -Math.sin(a)], abs: ([a]) => [Math.abs(a), Math.sign(a)],
  max: ([a, b]) => [Math.max(a, b), a > b ? 1 : a < b ? 0 : tie, b > a ? 1 : b < a ? 0 : tie],
  min: ([a, b]) => [Math.min(a, b), a < b ? 1 : a > b ? 0 : tie, b < a ? 1 : b > a ? 0 : tie],
};
const nodes = data.nodes.map(([id, root, name, op, inputs, p, q, value, role]) => ({id, root, name, op, inputs, p: real(p), value: real(value), role}));
const node = Object.fromEntries(nodes.map(n => [n.id, n]));
const story = data.steps.map(([gate, wire, up, local, down, asked, text, traps]) =>
  ({gate, wire, up: real(up), local: real(local), down: real(down), asked, text, traps: (traps || []).map(([id, v, words]) => ({id, value: real(v), words}))}));
const canCompute = nodes.length > 0 && nodes.every(n => n.inputs.length === 0 || rules[n.op]);
const storyOf = s => story[s.n - firstBack - 1];
let changed = false;

/* What each wire has received after each step: the sums as they grow. */
const accounts = () => {
  const sum = {}, after = [];
  sum[data.output] = 1;
  story.forEach((t, i) => {
    const to = node[node[t.gate].inputs[t.wire]].root;
    t.before = sum[to];
    if (t.down !== null) sum[to] = (sum[to] || 0) + t.down;
    t.after = after[i] = sum[to];
  });
  return sum;
};
const computeAgain = () => {
  const slopes = {}, sum = {};
  for (const n of nodes) {
    if (!n.inputs.length) continue;
    const [v, ...d] = rules[n.op](n.inputs.map(k => node[k].value), n.p);
    n.value = v;
    slopes[n.id] = d;
  }
  sum[data.output] = 1;
  for (const t of story) {
    const to = node[node[t.gate].inputs[t.wire]].root;
    if (t.down === null) continue;
    t.up = sum[t.gate];
    t.local = slopes[t.gate][t.wire];
    t.down = t.up === 0 ? 0 : t.up * t.local;
    t.traps = [];
    sum[to] = (sum[to] || 0) + t.down;
  }
};
const write = (e, v) => { if (e) e.textContent = show(v); };
const rewritePage = () => {
  const sum = accounts();
  for (const n of nodes) {
    if (finalValue[n.id] === undefined) continue;
    finalValue[n.id] = show(n.value);
    finalGradient[n.id] = show(sum[n.id]);
    if (forwardOf[n.id]) write($(".card.v .num", steps[forwardOf[n.id] - 1].li), n.value);
    write($(`[data-r="${n.id}"]`), sum[n.id]);
  }
  for (const s of steps) {
    const t = s.kind === "b" && storyOf(s);
    if (!t) continue;
    for (const [mark, v] of [["u", t.up], ["l", t.local], ["d", t.down]]) {
      write($(`.card.${mark} .num`, s.li), v);
      write($(`.mini .${mark}`, s.li), v);
    }
    write($(".n-b", s.li), t.before); write($(".n-d", s.li), t.down); write($(".n-a", s.li), t.after);
  }
};
const changeInput = (id, text) => {
  const v = Number(text);
  if (text.trim() === "" || isNaN(v)) return say("an input is a number");
  node[id].value = v;
  changed = true;
  computeAgain();
  rewritePage();
  for (const name of ["ledger", "wires"]) {
    const part = document.getElementById(name);
    if (part && !$(".stale", part)) $("h2", part).after(make("p", {class: "note stale"}, "As recorded, before an input was changed."));
  }
  draw();
};

/* ---- where we are ---- */
let now = 1, chosen = null, quiz = false, letters = true, score = {}, hints = 0;
const stage = $("#stage"), live = $("#live");
const say = text => { live.textContent = text; };
const hidden = s => quiz && s.kind === "b" && score[s.n] === undefined;
const fragment = () => "#s" + now + (quiz ? "&q=" + Object.entries(score).map(([n, v]) => n + (v ? "" : "-")).join(".") : "");
const readFragment = () => {
  const [, n, , q] = location.hash.match(/^#s(\d+)(&q=([\d.-]*))?/) || [];
  if (q !== undefined) {
    quiz = true;
    score = {};
    q.split(".").filter(x => x).forEach(x => { score[parseInt(x, 10)] = x.endsWith("-") ? 0 : 1; });
  }
  return n ? Math.min(last, Math.max(1, Number(n))) : 1;
};
const go = (n, quiet) => {
  n = Math.min(last, Math.max(1, n));
  if (n !== now) hints = 0;
  now = n;
  if (location.hash !== fragment()) quiet ? history.replaceState(null, "", fragment()) : history.pushState(null, "", fragment());
  draw();
};

/* ---- the drawing ---- */
/* What has arrived at a wire after step n: nothing, a part, or all. */
const arrived = (id, n) => {
  if (String(data.output) === id) return n >= firstBack ? 1 : 0;
  const pays = paysTo[id] || [];
  let count = 0;
  while (count < pays.length && pays[count] <= n) count++;
  return count === 0 ? 0 : count < pays.length ? 0.5 : 1;
};
/* The sum so far. A page without the numbers of its steps as data has it in the step that paid last: single
 * numbers, of the first part what arrives; of a tensor how many parts are there. */
const soFar = (id, n) => {
  const paid = paysTo[id].filter(k => k <= n), latest = steps[paid[paid.length - 1] - 1];
  if (story.length) return show(storyOf(latest).after) + " + ...";
  const told = $(".n-a", latest.li) || (paid.length === 1 && !finalGradient[id].startsWith("norm") && $(".card.d .num", latest.li));
  return told ? told.textContent + " + ..." : `part ${paid.length} of ${paysTo[id].length}`;
};
const gradientText = (id, n) => {
  const part = arrived(id, n);
  return part === 0 ? "-" : part === 1 ? finalGradient[id] : soFar(id, n);
};
/* The gate in the middle of what can be seen of a wide drawing. */
const showGate = b => {
  const frame = b.e.closest(".wide");
  if (frame.scrollWidth <= frame.clientWidth) return;
  const box = b.e.getBoundingClientRect(), seen = frame.getBoundingClientRect();
  frame.scrollLeft += box.left + box.width / 2 - seen.left - seen.width / 2;
};
const holds = (b, id) => b.kind === "part" ? Number(id) >= b.from && Number(id) < b.to : b.now === id && b.kind !== "stub";
const put = (e, text) => { if (e && e.textContent !== text) e.textContent = text; };
/* In another round the same box is another gate: "v45 = v43 + v44". */
const formulaOf = id => {
  const head = forwardOf[id] && $("h3", steps[forwardOf[id] - 1].li).textContent;
  return head ? head.slice(head.indexOf(" = ") + 3).trim() : "";
};
const fillBox = (b, s, until, moved) => {
  if (moved && b.kind === "gate" && formulaOf(b.now).length <= 22) put($(".op", b.e), formulaOf(b.now));
  put($("[data-k]", b.e), wireName[b.now]);
  put($("[data-v]", b.e), forwardOf[b.now] > s.n ? "-" : finalValue[b.now]);
  put($("[data-d]", b.e), gradientText(b.now, until));
};
const drawView = (v, round, s, until) => {
  const title = $("summary", v.el);
  if (title && v.rounds.length > 1) put(title, `${v.title}, ${round + 1} of ${v.rounds.length}`);
  v.boxes.forEach((b, i) => { b.now = String(v.rounds[round][i]); fillBox(b, s, until, v.rounds.length > 1); });
  const inputs = new Set(v.wires.filter(w => w.to.now === s.gate && w.to.kind === "gate").map(w => w.from));
  for (const b of v.boxes) {
    const on = holds(b, s.gate), paid = s.kind === "b" && !on && (b.now === s.to || holds(b, s.to));
    b.e.classList.toggle("on", on);
    b.e.classList.toggle("paid", paid);
    b.e.classList.toggle("other", s.kind === "b" && inputs.has(b) && !paid);
    b.e.classList.toggle("done", arrived(b.now, until) === 1);
    b.e.classList.toggle("chosen", b.now === chosen && b.kind !== "part");
    if (on) showGate(b);
  }
  for (const w of v.wires) {
    const in_ = holds(w.to, s.gate), exact = w.to.kind === "gate";
    w.e.classList.toggle("used", s.kind === "f" && in_);
    w.e.classList.toggle("back", s.kind === "b" && in_ && (exact ? w.wire === s.wire : w.from.now === s.to));
  }
};
const drawGraph = s => {
  const until = hidden(s) ? s.n - 1 : s.n, [inner, round] = home[s.gate] || [views[0], 0];
  views.forEach((v, i) => { v.el.hidden = i > 0 && v !== inner; });
  drawView(views[0], 0, s, until);
  if (inner === views[0]) return;
  inner.el.open = true;
  drawView(inner, round, s, until);
};

/* ---- this step ---- */
const words = s => {
  const eq = $$(".card", s.li).map(c => c.textContent.trim().replace(/\s+/g, " ")).join(", ");
  return `Step ${s.n} of ${last}. ${$("h3", s.li).textContent.replace(/^\d+ /, "")}. ${hidden(s) ? "What arrives?" : eq}`;
};
const drawStage = s => {
  const copy = s.li.cloneNode(true);
  copy.removeAttribute("id");
  copy.removeAttribute("aria-current");
  const box = make("div", {class: copy.className}, ...copy.childNodes);
  $("h3 a", box).remove();
  $(".turn", box).remove();
  stage.replaceChildren(box);
  if (quiz && s.kind === "b") ask(s, box);
  makePickable(box);
};
/* A product of matrices: an entry of the result shows the row and the column that make it. */
const makePickable = box => {
  const tables = [...$$(".card.l .t", box), ...$$(".card.d .t", box)];
  const cells = tables.map(t => $$("tr", t).map(r => $$("td", r)));
  if (tables.length !== 3) return;
  const [a, b, y] = cells;
  if (a.length !== y.length || a[0].length !== b.length || b[0].length !== y[0].length) return;
  const told = make("p", {id: "entry"}, "Choose an entry of the result: which row and column make it?");
  $(".eq", box).after(told);
  const pick = (r, c) => {
    $$(".lit", box).forEach(e => e.classList.remove("lit", "sum"));
    a[r].forEach(e => e.classList.add("lit"));
    b.forEach(row => row[c].classList.add("lit"));
    y[r][c].classList.add("lit", "sum");
    told.textContent = `[${r},${c}] = ` + a[r].map((e, k) => `${e.textContent} \u00d7 ${b[k][c].textContent}`).join(" + ") + ` = ${y[r][c].textContent}`;
  };
  y.forEach((row, r) => row.forEach((e, c) => {
    e.classList.add("pick");
    e.tabIndex = r + c === 0 ? 0 : -1;
    e.addEventListener("mouseenter", () => pick(r, c));
    e.addEventListener("focus", () => pick(r, c));
    e.addEventListener("click", () => e.focus());
  }));
};
const drawControls = s => {
  slider.value = s.n;
  slider.setAttribute("aria-valuetext", `step ${s.n} of ${last}`);
  place.textContent = `step ${s.n} of ${last}, ${s.kind === "f" ? "forward" : "backward"}`;
  back.disabled = first.disabled = s.n === 1;
  next.disabled = end.disabled = s.n === last;
};
let current = null;
const draw = () => {
  const s = steps[now - 1];
  if (current) current.li.removeAttribute("aria-current");
  s.li.setAttribute("aria-current", "step");
  current = s;
  drawGraph(s);
  drawStage(s);
  drawControls(s);
  $$("#source li[data-l]").forEach(li => li.classList.toggle("on", li.dataset.l.split(" ").includes(s.gate)));
  document.body.classList.toggle("quiz", quiz);
  say(words(s));
};

/* ---- quiz ---- */
/* A number, a fraction, or an expression in the names of wires: + - * / ^ and brackets. */
const evaluate = text => {
  const tokens = text.match(/\d+(\.\d+)?([eE][-+]?\d+)?|[A-Za-z_]\w*|[-+*/^()]|\S/g) || [];
  let at = 0;
  const name = word => {
    const n = nodes.find(k => k.name === word);
    if (!n) throw new Error("no wire is called " + word);
    return n.value;
  };
  const atom = () => {
    const t = tokens[at++];
    if (t === "(") { const v = sum(); if (tokens[at++] !== ")") throw new Error("a bracket is not closed"); return v; }
    if (t === "-") return -atom();
    if (t === undefined) throw new Error("something is missing at the end");
    if (/^\d/.test(t)) return Number(t);
    if (/^[A-Za-z_]/.test(t)) return name(t);
    throw new Error("not understood: " + t);
  };
  const power = () => { const v = atom(); return tokens[at] === "^" ? (at++, v ** power()) : v; };
  const product = () => { let v = power(); while (tokens[at] === "*" || tokens[at] === "/") v = tokens[at++] === "*" ? v * power() : v / power(); return v; };
  const sum = () => { let v = product(); while (tokens[at] === "+" || tokens[at] === "-") v = tokens[at++] === "+" ? v + product() : v - product(); return v; };
  const v = sum();
  if (at < tokens.length) throw new Error("not understood: " + tokens[at]);
  return v;
};
const plain = text => /^\s*[-+]?\d+(\.\d+)?([eE][-+]?\d+)?\s*$/.test(text);
const significant = text => text.trim().replace(/[eE].*$/, "").replace(/^[-+]?0*\.?0*/, "").replace(".", "").length;
/* "right", "short" when a digit more is wanted, or "wrong" */
const grade = (text, v, truth) => {
  if (Math.abs(v - truth) <= 1e-9 * Math.abs(truth)) return "right";
  if (!plain(text)) return Math.abs(v - truth) <= 1e-5 * Math.abs(truth) ? "right" : "wrong";
  const digits = significant(text);
  if (truth === 0 || digits === 0 || Number(truth.toPrecision(Math.min(17, digits))) !== v) return "wrong";
  return digits >= 2 ? "right" : "short";
};
const diagnose = (text, v, t) => {
  const hit = t.traps.find(k => grade(text, v, k.value) !== "wrong");
  return hit ? hit.words : "Not yet. The answer is upstream times local.";
};
const solved = (s, right) => {
  score[s.n] = right ? 1 : 0;
  history.replaceState(null, "", fragment());
  draw();
  const asked = Object.keys(score).length, points = Object.values(score).filter(x => x).length;
  tell(`${right ? "Right." : "Shown."} Score ${points} of ${asked}.`);
  const line = `${$("h1").textContent}: ${points} of ${asked} right, steps ${Object.keys(score).join(" ")}`;
  const field = make("input", {id: "result-line", readonly: "", "aria-label": "result, to be copied", value: line, size: "48", onfocus: e => e.target.select()});
  if ($("#said")) $("#said").after(make("p", {class: "result"}, "For your teacher: ", field));
};
const tell = text => { const e = $("#said"); if (e) e.textContent = text; say(text); };
const hintOf = (s, t) => [$(".rule", s.li).textContent, t && `local is ${t.text}`, t && `${show(t.up)} times ${show(t.local)}`][Math.min(hints++, 2)] || $(".rule", s.li).textContent;
const answerValue = (s, t, text) => {
  let v;
  try { v = evaluate(text); } catch (e) { return tell(e.message); }
  const verdict = grade(text, v, t.down);
  if (verdict === "right") return solved(s, true);
  tell(verdict === "short" ? "One more digit, please." : diagnose(text, v, t));
};
const askValue = (s, t) => {
  const field = make("input", {id: "answer", autocomplete: "off", inputmode: "text", size: "14"});
  return make("form", {id: "ask", onsubmit: e => { e.preventDefault(); answerValue(s, t, field.value); }},
    make("label", {for: "answer"}, t.asked + " = "), field, make("button", {type: "submit"}, "check"));
};
/* The numbers of a tensor, row by row: [asked, facts, hints, answer, traps] as the quiz of the command has them. */
const askTensor = (s, [asked, facts, , answer, traps], box) => {
  const field = make("input", {id: "answer", autocomplete: "off", size: "28"}), count = answer.length;
  const verdictOf = (texts, values, truth) => {
    const all = texts.map((text, i) => grade(text, values[i], real(truth[i])));
    return all.find(x => x === "wrong") || all.find(x => x === "short") || "right";
  };
  const answered = () => {
    const texts = field.value.replace(/[[\]]/g, " ").trim().split(/[\s,;]+/);
    let values;
    try { values = texts.map(evaluate); } catch (e) { return tell(e.message); }
    if (texts.length !== count) return tell(count === 1 ? "One number is asked for." : `${count} numbers are asked for, row by row.`);
    const verdict = verdictOf(texts, values, answer);
    if (verdict === "right") return solved(s, true);
    const hit = traps.find(t => verdictOf(texts, values, t[1]) === "right");
    tell(verdict === "short" ? "One more digit, please." : hit ? hit[2] : "Not yet. Which rule was it, and what arrives?");
  };
  $$(".card, .join", box).forEach(e => e.remove());
  $(".eq", box).append(make("div", {class: "card v"}, make("i", {}, "on the wires"), make("div", {class: "num facts"}, ...facts.map(f => make("div", {}, f)))));
  return make("form", {id: "ask", onsubmit: e => { e.preventDefault(); answered(); }},
    make("label", {for: "answer"}, asked + " = "), field, make("button", {type: "submit"}, "check"));
};
/* Which of four rules applies here? Then, where the numbers are few, what are they? */
const askRule = (s, then) => {
  const ruleOf = k => [...$(".rule", k.li).childNodes].filter(e => e.nodeName !== "CITE").map(e => e.textContent).join("").trim();
  const mine = ruleOf(s), others = [...new Set(steps.filter(k => k.kind === "b").map(ruleOf))].filter(x => x !== mine);
  const choices = [mine, ...others.slice(0, 3)].sort();
  const list = make("fieldset", {}, make("legend", {}, "Which rule applies?"), ...choices.map((c, i) =>
    make("label", {}, make("input", {type: "radio", name: "rule", value: i}), " " + c.replace(/^[^:]*: /, ""))));
  return make("form", {id: "ask", onsubmit: e => {
    e.preventDefault();
    const picked = $("input:checked", list);
      if (!picked) return tell("Choose one.");
    choices[picked.value] === mine ? then() : tell("Not yet. Look at the gate again.");
  }}, list, make("button", {type: "submit"}, "check"));
};
const ask = (s, box) => {
  const t = storyOf(s), byValue = t && t.down !== null && isFinite(t.down);
  box.append(make("p", {id: "said", role: "note"}));
  if (score[s.n] !== undefined) return;
  $$(".join:has(.d), .mini, .sum" + (byValue ? "" : ", .rule"), box).forEach(e => e.remove());
  if (byValue) {
    const known = nodes.filter(n => n.role >= 3 && (node[t.gate].inputs.some(k => node[k].root === n.id) || n.id === t.gate));
    $(".rule", box).remove();
    $(".eq", box).append(make("div", {class: "card v"}, make("i", {}, "on the wires"), make("div", {class: "num"}, known.map(n => `${n.name} = ${show(n.value)}`).join(", "))));
    $$(".join", box).forEach(e => e.remove());
  }
  const q = data.asks[s.n - firstBack - 1];
  const put = (form, hint) => {
    form.append(make("button", {type: "button", onclick: () => tell(hint())}, "hint"), make("button", {type: "button", onclick: () => solved(s, false)}, "show"));
    box.insertBefore(form, $("#said", box));
  };
  if (byValue) return put(askValue(s, t), () => hintOf(s, t));
  put(askRule(s, () => {
    if (!q) return solved(s, true);
    $("#ask", box).remove();
    put(askTensor(s, q, box), () => q[2][Math.min(hints++, q[2].length - 1)]);
    tell("Right. And the numbers, row by row?");
    $("#answer").focus();
  }), () => hintOf(s));
};
const toggleQuiz = () => {
  quiz = !quiz;
  score = {};
  quizButton.setAttribute("aria-pressed", quiz);
  go(quiz && now <= firstBack ? firstBack + 1 : now, true);
  draw();
};

/* ---- controls ---- */
const button = (label, title, onclick) => make("button", {type: "button", title, "aria-label": title, onclick}, label);
const first = button("|<", "first step (Home)", () => go(1)), back = button("<", "previous step (left arrow)", () => go(now - 1));
const next = button(">", "next step (right arrow)", () => go(now + 1)), end = button(">|", "last step (End)", () => go(last));
const slider = make("input", {type: "range", min: 1, max: last, value: 1, "aria-label": "step", oninput: e => go(Number(e.target.value), true)});
const place = make("span", {class: "at"});
const quizButton = make("button", {type: "button", "aria-pressed": "false", onclick: toggleQuiz}, "quiz");
const theme = make("button", {type: "button", onclick: () => {
  const root = document.documentElement, dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
}}, "light / dark");
const keyList = [["right, j", "next step"], ["left, k", "previous step"], ["Home, End", "first, last step"], ["f, b", "first forward, first backward step"],
  ["n, p", "next, previous step that touches the chosen wire"], ["[, ]", "previous, next wire that is paid more than once"], ["s", "to the source line"],
  ["g", "go to a step by its number"], ["q", "quiz"], ["h", "hint"], ["t", "the tensors of this gate"], ["/", "find a wire"], ["?", "this list"], ["Esc", "close"]];
const letterBox = make("input", {type: "checkbox", id: "letters", checked: "", onchange: e => { letters = e.target.checked; }});
const help = make("dialog", {id: "help", "aria-labelledby": "help-head"}, make("h2", {id: "help-head"}, "Keys"),
  make("table", {}, ...keyList.map(([k, what]) => make("tr", {}, make("th", {scope: "row"}, make("kbd", {}, k)), make("td", {}, what)))),
  make("p", {}, make("label", {for: "letters"}, letterBox, " single letters are keys")),
  make("p", {class: "note"}, "Click a gate to go to it, and to choose it for n and p."),
  make("button", {type: "button", onclick: () => help.close()}, "close"));
const helpButton = make("button", {type: "button", onclick: () => help.showModal()}, "? keys");
const finder = make("input", {id: "find", size: 10, "aria-label": "go to a step number or a wire", placeholder: "step or wire"});
const find = text => {
  const n = Number(text), row = rows.find(r => wireName[r.dataset.n] === text.trim());
  if (row) return choose(row.dataset.n);
  if (text.trim() && Number.isInteger(n)) return go(n);
  say("no such step or wire");
};
const finding = make("form", {onsubmit: e => { e.preventDefault(); find(finder.value); finder.blur(); }}, finder);
$("#controls").append(first, back, next, end, slider, place, quizButton, theme, helpButton, finding);
document.body.append(help);

/* ---- choosing ---- */
const choose = id => {
  if (rowOf[chosen]) rowOf[chosen].classList.remove("chosen");
  chosen = id;
  if (rowOf[id]) rowOf[id].classList.add("chosen");
  const touching = stepsOf(id);
  go(forwardOf[id] || touching[0] || now);
};
const stepsOf = id => steps.filter(s => s.gate === id || s.to === id).map(s => s.n);
const toTouching = d => {
  const all = stepsOf(chosen === null ? steps[now - 1].gate : chosen);
  const n = d > 0 ? all.find(k => k > now) : all.filter(k => k < now).pop();
  if (n) go(n);
};
const toFanIn = d => {
  const all = Object.values(paysTo).filter(p => p.length > 1).map(p => p[0]).sort((a, b) => a - b);
  const n = d > 0 ? all.find(k => k > now) : all.filter(k => k < now).pop();
  if (n) go(n);
};
const toSource = () => { const li = $("#source li.on"); if (li) { li.tabIndex = -1; li.focus(); } };
const toTensor = () => { const d = $(`.tensor[data-n="${steps[now - 1].to || steps[now - 1].gate}"]`); if (d) { d.open = true; d.scrollIntoView(); } };
const giveHint = () => { const s = steps[now - 1]; if (hidden(s)) tell(hintOf(s, storyOf(s))); };
const keys = {
  ArrowRight: () => go(now + 1), ArrowLeft: () => go(now - 1), Home: () => go(1), End: () => go(last),
  j: () => go(now + 1), k: () => go(now - 1), f: () => go(1), b: () => go(firstBack), n: () => toTouching(1), p: () => toTouching(-1),
  "]": () => toFanIn(1), "[": () => toFanIn(-1), s: toSource, g: () => finder.select(), "/": () => finder.select(), q: toggleQuiz, h: giveHint, t: toTensor,
  "?": () => help.showModal(),
};
document.addEventListener("keydown", e => {
  if (e.ctrlKey || e.altKey || e.metaKey || help.open) return;
  if (e.target.matches("input, select, textarea") && e.target.type !== "range") { if (e.key === "Escape") e.target.blur(); return; }
  if (e.target.type === "range" && e.key.length > 1) return;
  if (e.key.length === 1 && !letters) return;
  const act = keys[e.key];
  if (!act) return;
  e.preventDefault();
  act();
});
/* A click on a closed part leads to its first step. */
const clickBox = b => {
  if (b.kind !== "part") return choose(b.now);
  const s = steps.find(t => t.kind === "f" && Number(t.gate) >= b.from && Number(t.gate) < b.to);
  if (s) go(s.n);
};
views.forEach(v => v.boxes.forEach(b => b.e.addEventListener("click", () => clickBox(b))));
$("#steps").addEventListener("click", e => {
  const li = e.target.closest(".step");
  if (li && !e.target.closest("a, summary")) go(items.indexOf(li) + 1);
});
/* A line leads to its steps, one after the other. */
$$("#source li[data-l]").forEach(li => li.addEventListener("click", e => {
  if (e.target.closest("a")) return;
  const gates = new Set(li.dataset.l.trim().split(" ")), mine = steps.filter(s => gates.has(s.gate)).map(s => s.n);
  const n = mine.find(k => k > now) || mine[0];
  if (n) go(n);
}));
addEventListener("hashchange", () => { now = readFragment(); draw(); });
addEventListener("popstate", () => { now = readFragment(); draw(); });

/* ---- begin ---- */
if (story.length) accounts();
if (canCompute)
  for (const label of $$(".input")) {
    const n = node[label.dataset.n], field = make("input", {value: show(n.value), inputmode: "decimal", onchange: e => changeInput(n.id, e.target.value)});
    $("output", label).replaceWith(field);
  }
document.documentElement.classList.add("js");
items.forEach(li => li.removeAttribute("id")); /* else the browser would scroll to it */
$("#controls").hidden = $("#now").hidden = false;
now = readFragment();
quizButton.setAttribute("aria-pressed", quiz);
draw();
})();
