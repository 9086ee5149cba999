/* page_browser.js PROGRAM EXPLAIN_STEP PAGE_SAMPLES: pages of the command, of a training step
 * in C (docs/examples/explain_step.c), and of tests/page_samples.c, used in headless Chromium
 * by playwright-core and looked at by axe-core. Exit 77, which means skipped, when one of
 * these is not installed. No test may cause a request, an error or a word on the console. */
"use strict";
const { execFileSync } = require("child_process"), fs = require("fs"), os = require("os"), path = require("path"), assert = require("assert");
const skip = why => { console.log("skipped: " + why); process.exit(77); };
let chromium, axe;
try { ({ chromium } = require("playwright-core")); } catch { skip("no playwright-core; npm install playwright-core, and NODE_PATH"); }
try { axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"); } catch { skip("no axe-core"); }
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(p => fs.existsSync(p));
if (!executablePath) skip("no chromium");

const [program, explainStep, pageSamples] = process.argv.slice(2), dir = fs.mkdtempSync(path.join(os.tmpdir(), "rg-page-"));
const run = (...args) => execFileSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28 });
const pageOf = (name, ...args) => { const f = path.join(dir, name + ".html"); run("explain", ...args, "--html", f); return "file://" + f; };
const main = ["log(exp(a)*b + max(a, c))", "a=1", "b=2", "c=3"];
const scalars = pageOf("scalars", ...main);
const matrices = pageOf("matrices", "sum(relu(W@x + b)^2)/2", "W=1 -2 0.5; 0 1 -1", "x=2;1;4", "b=0.5;1");

const mlp = "file://" + path.join(dir, "mlp.html"), sample = name => "file://" + path.join(dir, name + ".html");
execFileSync(explainStep, [path.join(dir, "mlp.html"), path.join(path.dirname(explainStep), "..")]);
execFileSync(pageSamples, [dir]);

const tests = [];
const test = (name, fn, options = {}) => tests.push({ name, fn, options });
const step = page => page.$eval("#controls .at", e => Number(e.textContent.match(/step (\d+)/)[1]));
const stepIs = async (page, at) => { /* a busy machine may take its time */
  await page.waitForFunction(n => document.querySelector("#controls .at").textContent.includes(`step ${n} `), at, { timeout: 30000 }).catch(() => {});
  assert.strictEqual(await step(page), at);
};
const press = async (page, ...keys) => { for (const k of keys) await page.keyboard.press(k); };
const gradOf = (page, name) => page.$$eval(".graph .box", (all, n) => all.find(b => b.querySelector("[data-k]") && b.querySelector("[data-k]").textContent === n).querySelector("[data-d]").textContent, name);

test("every key, also at both ends", async page => {
  for (const [keys, at] of [[["ArrowLeft"], 1], [["ArrowRight"], 2], [["j"], 3], [["k"], 2], [["End"], 14], [["ArrowRight"], 14], [["Home"], 1],
    [["b"], 6], [["f"], 1], [["]"], 10], [["Home", "f"], 1]]) {
    await press(page, ...keys);
    assert.strictEqual(await step(page), at, keys.join());
  }
  await press(page, "?");
  assert(await page.$eval("#help", d => d.open));
  await press(page, "Escape");
  assert(!(await page.$eval("#help", d => d.open)));
  await press(page, "g");
  await page.waitForFunction(() => document.activeElement.id === "find");
  await page.keyboard.type("12");
  await press(page, "Enter");
  await stepIs(page, 12);
  await press(page, "/");
  await page.keyboard.type("v3");
  await press(page, "Enter");
  await stepIs(page, 3);
  await press(page, "n");
  await stepIs(page, 9);
  await press(page, "p");
  await stepIs(page, 3);
});
test("letters typed into a field are letters, and can be switched off", async page => {
  await page.focus("#find");
  await page.keyboard.type("jq");
  assert.strictEqual(await step(page), 1);
  await press(page, "Escape", "?");
  await page.click("#letters");
  await press(page, "Escape", "j");
  assert.strictEqual(await step(page), 1);
  await press(page, "ArrowRight");
  assert.strictEqual(await step(page), 2);
});
test("the fragment is the state; Back goes back", async page => {
  await page.goto(scalars + "#s12");
  assert.strictEqual(await step(page), 12);
  await press(page, "ArrowRight");
  assert((await page.evaluate(() => location.hash)) === "#s13");
  await page.goBack();
  assert.strictEqual(await step(page), 12);
});
test("each step is said, and the gate, the wire and the numbers are lit", async page => {
  await page.goto(scalars + "#s12");
  assert.match(await page.$eval("#live", e => e.textContent), /Step 12 of 14\. v2 = v1 \* b, back to v1\..*0\.237063/);
  assert.strictEqual(await page.$eval(".graph .box.on .op", e => e.textContent), "v1 * b");
  assert.strictEqual((await page.$$(".graph .wire.back")).length, 1);
  assert.strictEqual(await gradOf(page, "v1"), "0.237063");
  assert.strictEqual(await gradOf(page, "b"), "-");
  assert.strictEqual(await gradOf(page, "a"), "0 + ...");
});
test("every step is said, with its numbers", async page => {
  for (let n = 1; n <= 14; n++) {
    const said = await page.$eval("#live", e => e.textContent);
    assert(said.startsWith(`Step ${n} of 14. `), said);
    const num = await page.$$eval("#stage .num", all => all.map(e => e.textContent.trim()));
    for (const x of num) assert(said.includes(x), said + " lacks " + x);
    await press(page, "ArrowRight");
  }
});
test("slider, list and drawing agree; focus stays", async page => {
  await page.focus("#controls button:nth-child(3)");
  for (let i = 0; i < 50; i++) await press(page, "Enter");
  assert.strictEqual(await step(page), 14);
  await page.focus("#controls button:nth-child(2)");
  await press(page, "Enter");
  assert(await page.evaluate(() => document.activeElement === document.querySelector("#controls button:nth-child(2)")));
  await page.$eval("#controls input[type=range]", e => { e.value = 9; e.dispatchEvent(new Event("input")); });
  assert.strictEqual(await page.$eval("[aria-current=step]", li => li.querySelector("h3").textContent.slice(0, 2)), "9 ");
  await page.click(".graph .box.gate");
  assert.strictEqual(await page.$eval("#stage h3", e => e.textContent.trim()), await page.$eval("[aria-current=step] h3", e => e.textContent.replace(/^\d+ /, "").trim()));
});
test("another input is computed as the command computes it", async page => {
  for (const a of ["4", "3", "-1.5"]) {
    await page.fill(".input input", a);
    await press(page, "Tab", "End");
    const want = JSON.parse(run("grad", main[0], "a=" + a, "b=2", "c=3", "--json")).grads;
    for (const name of ["a", "b", "c"]) {
      const got = Number(await page.$eval("#result", (r, n) => [...r.querySelectorAll("tr")].find(t => t.querySelector("th").textContent === n).querySelector("td").textContent, name));
      assert(Math.abs(got - want[name]) <= 1e-5 * Math.abs(want[name]), `a=${a}: d${name} ${got} ${want[name]}`);
    }
  }
});
test("quiz: wrong, hint, fraction, expression, right; nothing told before", async page => {
  await page.goto(scalars + "#s13");
  await press(page, "q");
  const told = await page.$eval("#stage", e => e.innerText);
  assert(!told.includes("0.322202"), told);
  assert(!(await page.$eval("#live", e => e.textContent)).includes("0.322202"));
  assert.strictEqual(await gradOf(page, "b"), "-");
  const answer = async text => { await page.fill("#answer", text); await press(page, "Enter"); return page.$eval("#said", e => e.textContent); };
  assert.match(await answer("0.237063"), /own value/);
  assert.match(await answer("v1"), /local derivative alone/);
  assert.match(await answer("0.118532"), /upstream alone/);
  assert.match(await answer("0.3"), /One more digit/);
  assert.match(await answer("nonsense"), /no wire/);
  assert.match(await answer("0.118532*v1"), /Right/);
  assert.match(await page.$eval("#stage", e => e.innerText), /0\.322202/);
  await press(page, "ArrowRight");
  assert.match(await answer("0.64"), /Right.*Score 2 of 2/);
  const hash = await page.evaluate(() => location.hash);
  await page.goto("about:blank");
  await page.goto(scalars + hash);
  assert.match(await page.$eval("#stage", e => e.innerText), /0\.644405/);
});
test("quiz: every misconception that a page knows is told by its words", async page => {
  const traps = await page.evaluate(() => JSON.parse(document.getElementById("data").textContent).steps.map(s => s[7] || []));
  let told = 0;
  for (let i = 0; i < traps.length; i++) {
    await page.goto("about:blank");
    await page.goto(scalars + `#s${i + 7}&q=`);
    if (!(await page.$("#answer"))) continue;
    const seen = new Set();
    for (const [, value, words] of traps[i]) {
      if (typeof value !== "number" || seen.has(value.toPrecision(3))) continue;
      seen.add(value.toPrecision(3));
      await page.fill("#answer", value.toPrecision(17));
      await press(page, "Enter");
      const said = await page.$eval("#said", e => e.textContent);
      if (/^Right/.test(said)) break;
      assert.strictEqual(said, words);
      told++;
    }
  }
  assert(told > 10, String(told));
});
test("quiz: hints go from the rule to the numbers; the result can be copied", async page => {
  await page.goto(scalars + "#s12&q=");
  const hint = async () => { await press(page, "h"); return page.$eval("#said", e => e.textContent); };
  await page.click("#stage h3");
  assert.match(await hint(), /upstream times the value on the other wire/);
  assert.match(await hint(), /local is b/);
  assert.match(await hint(), /0\.118532 times 2/);
  await page.fill("#answer", "0.237");
  await press(page, "Enter");
  assert.match(await page.$eval("#said", e => e.textContent), /Right/);
  assert.match(await page.$eval("#result-line", e => e.value), /log\(exp\(a\)\*b \+ max\(a, c\)\): 1 of 1 right, steps 12/);
});
test("a layer is a box, and its inside a drawing", async page => {
  await page.goto(mlp + "#s1");
  assert.deepStrictEqual(await page.$$eval(".view[data-part='0'] .part .op", all => all.map(e => e.textContent)), ["layer 1", "layer 2", "layer 3"]);
  assert.strictEqual(await page.$$eval(".view", all => all.filter(v => !v.hidden).length), 2);
  assert.strictEqual(await page.$eval(".view:not([hidden]) .part.on .op", e => e.textContent), "layer 1");
  assert.match(await page.$eval("details.view:not([hidden]) .on .op", e => e.textContent), /X @ W1/);
  await page.click(".view[data-part='0'] .part:has-text('layer 3')");
  assert.match(await page.$eval("#stage h3", e => e.textContent), /scores = h2 @ W3/);
  assert.deepStrictEqual((await page.$$eval("#steps summary", all => all.map(e => e.textContent))).slice(0, 3), ["layer 1 forward", "layer 2 forward", "layer 3 forward"]);
});
test("a line of the program leads to its steps, a step to its line", async page => {
  await page.goto(mlp + "#s1");
  const line = () => page.$eval("#source li.on code", e => e.textContent.trim());
  assert.match(await line(), /rg_matmul\(x, w\)/);
  await page.click("#source li:has-text('rg_matmul(h2, W3)')");
  assert.match(await page.$eval("#stage h3", e => e.textContent), /scores = h2 @ W3/);
  assert.match(await line(), /rg_matmul\(h2, W3\)/);
  await press(page, "s");
  assert(await page.evaluate(() => document.activeElement === document.querySelector("#source li.on")));
  const first = await step(page);
  await page.click("#source li.on .at");
  assert(await step(page) > first); /* on to its next step, which is backward */
  assert.match(await page.$eval("#stage h3", e => e.textContent), /scores = h2 @ W3, back to/);
});
test("an entry of a product shows its row and column", async page => {
  await page.goto(mlp + "#s1");
  await press(page, "End");
  while (!(await page.$("#stage .pick"))) await press(page, "ArrowLeft");
  await page.hover("#stage .pick >> nth=1");
  const text = await page.$eval("#entry", e => e.textContent), [, terms, sum] = text.match(/\] = (.*) = (.*)$/);
  const total = terms.split(" + ").map(t => t.split(" \u00d7 ").map(Number)).reduce((s, [a, b]) => s + a * b, 0);
  assert(Math.abs(total - Number(sum)) < 1e-4 * (1 + Math.abs(total)), text);
});
test("a loop is a box; its drawing shows the round of the step", async page => {
  await page.goto(sample("loops") + "#s1");
  const data = await page.evaluate(() => JSON.parse(document.getElementById("data").textContent).rounds);
  assert(Object.values(data).some(rounds => rounds.length === 12), JSON.stringify(Object.values(data).map(r => r.length)));
  assert.match(await page.$eval(".view[data-part='0'] .part .op", e => e.textContent), /x input|x row/);
  const names = new Set();
  for (let n = 1; n <= 40; n++) {
    const lit = await page.$$eval(".view:not([hidden]) .gate.on [data-k]", all => all.map(e => e.textContent)), head = await page.$eval("#stage h3", e => e.textContent.trim());
    assert.strictEqual(lit.length, 1, head);
    assert(head.startsWith(lit[0] + " = "), head + " / " + lit);
    names.add(lit[0]);
    await press(page, "ArrowRight");
  }
  assert.strictEqual(names.size, 40);
  assert.strictEqual((await page.$$("#steps details:not([open])")).length, 2); /* the other rounds, forward and backward */
});
test("sums in the ledger are the gradients", async page => {
  const accounts = await page.$$eval(".account", all => all.map(t => [...t.querySelectorAll("tbody tr, tr")].map(r => [r.className, r.cells[2] && r.cells[2].textContent])));
  assert(accounts.length > 0);
  for (const a of accounts) {
    const rows = a.filter(([c, v]) => c !== "total" && v && !isNaN(Number(v))).map(([, v]) => Number(v));
    const total = Number(a.find(([c]) => c === "total")[1]);
    assert(Math.abs(rows.reduce((x, y) => x + y, 0) - total) <= 1e-5 * Math.abs(total));
  }
});
test("maps have a scale, and a table of the same numbers", async page => {
  await page.goto(sample("image"));
  await page.$eval("#wires details.tensor", d => { d.open = true; });
  const map = await page.$eval("#wires .tensor figure", f => ({ scale: f.querySelector(".scale").textContent, titles: [...f.querySelectorAll(".map title")].map(e => e.textContent), cells: [...f.querySelectorAll("td")].map(e => Number(e.textContent)).filter(v => v) }));
  assert.match(map.scale, /^-1 0 1/);
  assert(map.titles.length > 0);
  assert.strictEqual(map.titles.length, map.cells.length);
  map.titles.forEach((t, i) => assert.strictEqual(Number(t.split("] ")[1]), map.cells[i]));
});
test("hostile names do not run", async page => {
  for (const n of [1, 3, 5, 8]) {
    await page.goto("about:blank");
    await page.goto(sample("hostile") + "#s" + n);
    assert.strictEqual(await page.evaluate(() => window.ran), undefined);
    assert.strictEqual((await page.$$("img, iframe, script:not([type])")).length, 1); /* the page's own script */
  }
});
test("a picture by itself opens, and is described", async page => {
  const file = path.join(dir, "net.svg");
  run("graph", "--spec", "linear 256, relu, linear 10", "--svg", file);
  await page.goto("file://" + file);
  assert.match(await page.evaluate(() => document.documentElement.querySelector("title").textContent), /linear 256/);
  assert.match(await page.evaluate(() => document.documentElement.querySelector("desc").textContent), /203,530 parameters/);
  run("explain", ...main, "--svg", file);
  await page.goto("file://" + file);
  assert.match(await page.evaluate(() => document.documentElement.textContent), /v1 = 2\.71828.*grad 0\.237063/s);
  const wide = await page.$$eval("text", all => Math.max(...all.map(t => t.getBBox().x + t.getBBox().width)));
  assert(wide <= await page.evaluate(() => document.documentElement.viewBox.baseVal.width));
});
test("nothing moves where motion is not wanted", async page => {
  await press(page, "End", "ArrowLeft");
  assert.strictEqual(await page.evaluate(() => document.getAnimations().length), 0);
}, { reducedMotion: "reduce" });
test("quiz on matrices asks for the rule", async page => {
  await page.goto(matrices + "#s14");
  await press(page, "q");
  assert.strictEqual((await page.$$("#ask input[type=radio]")).length, 4);
  await page.$$eval("#ask label", all => all.find(l => l.textContent.includes("other factor")).click());
  await page.click("#ask button");
  assert.match(await page.$eval("#said", e => e.textContent), /Right/);
});
test("quiz on matrices asks for the numbers then, and knows what was done", async page => {
  const rule = async word => {
    await page.$$eval("#ask label", (all, w) => all.find(l => l.textContent.includes(w)).click(), word);
    await page.click("#ask button");
    return page.$eval("#said", e => e.textContent);
  };
  const answer = async text => { await page.fill("#answer", text); await press(page, "Enter"); return page.$eval("#said", e => e.textContent); };
  await page.goto(matrices + "#s15&q=");
  assert.match(await rule("other factor, transposed, times"), /Right\. And the numbers/);
  const told = await page.$eval("#stage", e => e.innerText);
  assert(told.includes("upstream dL/dv1 = [ 2.5 ; 0 ]"), told);
  assert(!told.includes("[ 2.5 ; -5 ; 1.25 ]") && !told.includes("1.25"), told);
  assert.match(await answer("1 2"), /3 numbers/);
  assert.match(await answer("2;1;4"), /value of the wire going forward/);
  assert.match(await answer("-2.5 5 -1.25"), /sign is not/);
  assert.match(await answer("2.5; -5; 5/4"), /Right.*Score 1 of 1/);
  await page.goto("about:blank");
  await page.goto(matrices + "#s14&q=");
  await rule("upstream times the other factor");
  await press(page, "Tab", "Tab", "Enter");
  assert.match(await page.$eval("#said", e => e.textContent), /transposed/);
  assert.match(await answer("5 2.5 10; 0 0 0"), /Right/);
});
test("without scripts every step is there and leads on", async page => {
  assert.strictEqual((await page.$$("#steps .step")).length, 14);
  assert(await page.$eval("#controls", e => e.hidden));
  await page.goto(scalars + "#s12");
  await page.click("#s12 >> text=next");
  assert.match(page.url(), /#s13$/);
  const story = JSON.parse(run("explain", ...main, "--json"));
  const shown = await page.$$eval(".step.b .card.d .num", all => all.map(e => Number(e.textContent)));
  story.steps.forEach((s, i) => assert(Math.abs(shown[i] - s.contribution) <= 1e-5 * Math.abs(s.contribution)));
}, { javaScriptEnabled: false });
test("narrow and enlarged pages do not scroll sideways", async page => {
  for (const url of [scalars, matrices, mlp, sample("batchnorm"), sample("image")]) {
    await page.goto(url + "#s9");
    assert(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  }
}, { viewport: { width: 320, height: 640 } });
test("paper has all steps", async page => {
  await page.emulateMedia({ media: "print" });
  assert.strictEqual(await page.$$eval(".step", all => all.filter(e => e.offsetHeight > 0).length), 14);
  assert(await page.$eval("#controls", e => getComputedStyle(e).display === "none"));
  const pdf = await page.pdf();
  assert(pdf.length > 10000);
  await page.goto(sample("loops"));
  assert.strictEqual(await page.$$eval("#steps .step", all => all.filter(e => e.offsetHeight === 0).length), 0);
});
const looked = async page => {
  for (const url of [scalars + "#s12", matrices + "#s14", scalars + "#s12&q=", mlp + "#s4"]) {
    await page.goto("about:blank");
    await page.goto(url);
    if (url === scalars + "#s12") await press(page, "?");
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
    assert.deepStrictEqual(violations.map(v => v.id + ": " + v.nodes[0].html), [], url);
  }
};
test("axe, light", looked, { colorScheme: "light", bypassCSP: true });
test("axe, dark", looked, { colorScheme: "dark", bypassCSP: true });
test("axe, forced colours", looked, { forcedColors: "active", bypassCSP: true });
test("axe, on paper", async page => { await page.emulateMedia({ media: "print" }); await looked(page); }, { bypassCSP: true });
test("without the numbers as data the drawing has the sum so far", async page => {
  const many = path.join(dir, "many.txt");
  fs.writeFileSync(many, "x0 = sin(a)\n" + Array.from({ length: 1500 }, (_, i) => `x${i + 1} = x${i}*a`).join("\n"));
  const url = pageOf("many", "--file", many, "a=1.001");
  const at = async n => { await page.goto(url + "#s" + n); return gradOf(page, "a"); };
  const told = part => page.$eval("#stage " + part, e => e.textContent);
  assert.strictEqual(await at(1503), "-");
  assert.strictEqual(await at(1504), await told(".card.d .num") + " + ...");
  assert.strictEqual(await at(1506), await told(".n-a") + " + ...");
  assert.doesNotMatch(await at(4503), /\.\.\./);
});
test("20,000 steps open, and a step is quick", async page => {
  const long = path.join(dir, "long.txt");
  fs.writeFileSync(long, "x0 = sin(a)\n" + Array.from({ length: 9999 }, (_, i) => `x${i + 1} = sin(x${i})`).join("\n"));
  const url = pageOf("long", "--file", long, "a=1"), begin = Date.now();
  await page.goto(url);
  await page.waitForSelector("#stage .step");
  console.log("    open: " + (Date.now() - begin) + " ms");
  const ms = await page.evaluate(() => { const t = performance.now(); for (let i = 0; i < 20; i++) document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true })); return (performance.now() - t) / 20; });
  console.log("    a step: " + ms.toFixed(1) + " ms");
  assert.strictEqual(await step(page), 21);
  assert.match(await page.$eval("#controls .at", e => e.textContent), /of 20001/);
});

(async () => {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  let failed = 0;
  for (const t of tests.filter(t => t.name.includes(process.env.RG_ONLY || ""))) {
    const context = await browser.newContext(t.options), page = await context.newPage(), noise = [];
    page.setDefaultTimeout(180000);
    page.on("console", m => noise.push("console: " + m.text()));
    page.on("pageerror", e => noise.push("error: " + e.message));
    page.on("request", r => { if (!/^(file|about|data):/.test(r.url())) noise.push("request: " + r.url()); });
    try {
      await page.goto(scalars);
      await t.fn(page);
      assert.deepStrictEqual(noise, []);
      console.log("ok      " + t.name);
    } catch (e) {
      failed++;
      console.log("NOT OK  " + t.name + "\n" + e.stack.split("\n").slice(0, 12).join("\n"));
    }
    await context.close();
  }
  await browser.close();
  fs.rmSync(dir, { recursive: true });
  process.exit(failed ? 1 : 0);
})();
