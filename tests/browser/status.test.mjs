// The public status page in a real browser: as a citizen finds it, with and without script, when it is fresh and when it has grown stale.
// Wants the folder of one: KULLA_STATUS_FOLDER, or KULLA_BINARY, whose drill then writes it.
import assert from "node:assert/strict";
import { after, before, test as nodeTest } from "node:test";
import { axe } from "./axe.mjs";
import { launch, shots } from "./browser.mjs";
import { Drill } from "./drill.mjs";
import { serveFolder } from "./folder_server.mjs";

const { KULLA_STATUS_FOLDER: given, KULLA_BINARY: binary } = process.env;
const skip = given || binary ? false : "neither KULLA_STATUS_FOLDER nor KULLA_BINARY: the status page was NOT looked at";
if (skip) console.error(`status.test.mjs: ${skip}`);
const test = (what, run) => nodeTest(what, { skip }, run);

let browser, drill, site, services;
const told = async () => (await fetch(`${site.url}/status.json`)).json();
before(async () => {
  if (skip) return;
  browser = await launch();
  let folder = given;
  if (!folder) {
    drill = new Drill(binary, "--services", "12");
    ({ status: folder } = await drill.until("ready", (each) => each.kind === "ready"));
    await drill.until("a closing", (each) => each.kind === "closed");
  }
  site = await serveFolder(folder);
  for (let tries = 0; tries < 100 && !services?.some((each) => each.closure); ++tries) {
    services = (await told().catch(() => ({ services: [] }))).services;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
});
after(async () => {
  await drill?.stop();
  await browser?.close();
  site?.close();
});

/// What a page complained of is in `problems`.
async function open(path, { theme = "light", width = 360, script = true, at } = {}) {
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    colorScheme: theme,
    javaScriptEnabled: script,
    timezoneId: "Europe/Tirane",
  });
  const page = await context.newPage();
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && page.problems.push(message.text()));
  if (at) await page.clock.setFixedTime(at);
  await page.goto(`${site.url}/${path}`);
  return page;
}
const closed = () => services.find((each) => each.closure);

for (const [theme, width] of [
  ["light", 360],
  ["dark", 360],
  ["light", 1280],
  ["dark", 1280],
])
  test(`axe finds nothing, and nothing is wider than the window: ${theme}, ${width} px`, async () => {
    const { institution, id } = closed();
    for (const language of ["", "en/"])
      for (const path of [
        "index.html",
        "services.html",
        "incidents.html",
        "how.html",
        `institution/${institution}.html`,
        `service/${id}.html`,
      ]) {
        const page = await open(language + path, { theme, width });
        assert.deepEqual(await axe(page), [], language + path);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${language}${path} scrolls sideways`);
        assert.deepEqual(page.problems, [], language + path);
        await page.screenshot({
          path: `${shots}/status-${path.replaceAll("/", "-")}-${language ? "en" : "sq"}-${theme}-${width}.png`,
          fullPage: true,
        });
        await page.context().close();
      }
  });

test("a service is found as one types, whatever letters one has", async () => {
  const service = services.find((each) => /[ëç]/.test(each.name.sq)) ?? services[0];
  const page = await open("index.html");
  await page.fill("#q", service.name.sq.toUpperCase().normalize("NFD").replace(/\p{M}/gu, ""));
  const found = page.locator("#found li a").first();
  assert.equal(await found.innerText(), service.name.sq);
  assert.match(await page.locator("#found li .word").first().innerText(), /\p{L}/u, "its state in words");
  await found.click();
  assert.match(page.url(), new RegExp(`/service/${service.id}\\.html$`));
  await page.context().close();
});

test("without script the search leads to the list of all, and the time is printed", async () => {
  const page = await open("index.html", { script: false });
  assert.match(await page.locator(".updated time").innerText(), /\d\d:\d\d/);
  await page.fill("#q", "x");
  await page.click("form button");
  assert.match(page.url(), /\/services\.html\?q=x$/);
  assert.equal(await page.locator("main > ul.services:not(#found) li").count(), services.length);
  await page.context().close();
});

test("a page that nobody writes any more says so, and how old it is", async () => {
  const { time } = await told();
  const later = (minutes) => new Date(Date.parse(time) + minutes * 60_000);
  const fresh = await open("index.html", { at: later(1) });
  await fresh.waitForTimeout(300);
  assert.ok(await fresh.locator("#stale").isHidden());
  await fresh.context().close();
  for (const [path, words] of [
    ["index.html", /90 minuta më parë/],
    ["en/index.html", /90 minutes ago/],
    [`en/service/${services[0].id}.html`, /(8[5-9]|9\d|10\d) minutes ago/],
  ]) {
    const page = await open(path, { at: later(90) });
    await page.locator("#stale").waitFor({ state: "visible" });
    assert.match(await page.locator("#stale").innerText(), words);
    await page.context().close();
  }
});

test("it says when something has changed since it was loaded", async () => {
  const page = await open("en/index.html");
  assert.ok(await page.locator("#newer").isHidden());
  await page.route("**/time.json", (route) => {
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    return route.fulfill({ json: { time: soon, changed: soon } });
  });
  await page.reload();
  await page.locator("#newer a").waitFor({ state: "visible" });
  await page.context().close();
});

test("a closed service says why, since when, and what to do meanwhile", async () => {
  const page = await open(`en/service/${closed().id}.html`);
  assert.match(await page.locator(".state").innerText(), /closed|checked|reopening/);
  assert.ok(await page.getByRole("heading", { name: "What to do meanwhile" }).isVisible());
  assert.ok(await page.locator('a[href^="tel:"]').isVisible());
  assert.match(await page.locator("footer code").innerText(), /^[0-9a-f]{64}$/, "the ledger's head");
  await page.context().close();
});
