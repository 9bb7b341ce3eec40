// The whole incident of the drill, driven from the console of the real daemon by three people in three browsers, to a passed score.
// Wants KULLA_BINARY. The tests follow each other: each begins where the one before ended.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test as nodeTest } from "node:test";
import { axe } from "./axe.mjs";
import { launch, page, shots, text } from "./browser.mjs";
import { Drill } from "./drill.mjs";
import { serveFolder } from "./folder_server.mjs";

const binary = process.env.KULLA_BINARY;
const skip = binary ? false : "KULLA_BINARY names no kulla: the incident against the real daemon was NOT rehearsed";
if (skip) console.error(`drill.test.mjs: ${skip}`);

let browser, drill, ready, people, operator, first, second, status;
const opened = [];
let broken = "";
/// A step of the incident. Where one fails, those after it would only wait for what cannot come.
const test = (what, run) =>
  nodeTest(what, { skip }, async () => {
    if (broken) assert.fail(`not tried, since this failed before: ${broken}`);
    broken = what;
    await run();
    broken = "";
  });

async function open(person, options) {
  const { password } = people.find((each) => each.person === person);
  const one = await page(browser, { url: new URL(ready.console).origin }, { person, password, ...options });
  one.setDefaultTimeout(120_000); // the rehearsed state takes most of the machine
  opened.push(one);
  return one;
}
const go = (one, hash) => one.evaluate((to) => (location.hash = to), hash);
const cells = (one, ...states) =>
  one.locator(states.map((state) => `.cell.${state}`).join(",")).evaluateAll((found) => found.map((each) => each.dataset.id).sort());
const closed = () =>
  drill
    .of("closed")
    .map((each) => each.service)
    .sort();
async function inOrder(one, what) {
  assert.deepEqual(await axe(one), [], what);
  assert.deepEqual(one.problems, [], what);
}
async function shot(one, name) {
  await one.mouse.move(720, 2);
  await one.screenshot({ path: `${shots}/drill-${name}.png` });
}

before(async () => {
  if (skip) return;
  browser = await launch();
  drill = new Drill(binary, "--hold", "15"); // time to sign in before the attack
  ready = await drill.until("ready", (each) => each.kind === "ready");
  people = JSON.parse(await readFile(ready.people, "utf8")).accounts;
  status = await serveFolder(ready.status);
  const approvers = people.filter((each) => each.roles.includes("approver"));
  const [one, two] = approvers.map((each) => each.person);
  [operator, first, second] = await Promise.all([
    open(people.find((each) => each.roles.includes("operator")).person),
    open(one, { lang: "sq", theme: "dark" }),
    open(two),
  ]);
  Object.assign(first, { keyFile: approvers[0].key, person: one });
  Object.assign(second, { keyFile: approvers[1].key, person: two });
});
after(async () => {
  for (const one of opened) await one.context().close();
  await browser?.close();
  status?.close();
  await drill?.stop();
});

test("Now shows the services close, in both browsers, with what happened and what waits for whom", async () => {
  await operator.waitForSelector(".cell");
  assert.deepEqual(await cells(operator, "closed"), []);
  await drill.step("spellings of");
  assert.ok(closed().length > 0, `nothing was closed: ${JSON.stringify(drill.of("step").slice(-12))}`);
  for (const one of [operator, first]) {
    await one.waitForFunction((n) => document.querySelectorAll(".cell.closed").length === n, closed().length);
    assert.deepEqual(await cells(one, "closed"), closed());
    assert.match(await text(one, ".summary"), /web-1|web-2/);
    assert.ok((await one.locator("section.waiting li").count()) >= closed().length);
  }
  await shot(operator, "now");
  await shot(first, "now-dark-sq");
  await inOrder(operator, "Now");
  await inOrder(first, "Now, sq, dark");
});

test("the status page says the same to citizens", async () => {
  const says = async () => {
    const { services } = await (await fetch(`${status.url}/status.json`)).json();
    return services
      .filter((each) => each.state === "closed")
      .map((each) => each.id)
      .sort();
  };
  for (let tries = 0; tries < 50 && (await says()).length < closed().length; ++tries) await operator.waitForTimeout(100);
  assert.deepEqual(await says(), closed());
  const context = await browser.newContext({
    viewport: { width: 1200, height: 900 },
    locale: "en-GB",
    timezoneId: "Europe/Tirane",
  });
  const citizen = await context.newPage();
  citizen.problems = [];
  citizen.on("pageerror", (error) => citizen.problems.push(String(error)));
  opened.push(citizen);
  await citizen.goto(`${status.url}/en/index.html`);
  await shot(citizen, "status");
  await inOrder(citizen, "status page");
  for (const place of ["index.html", `service/${closed()[0]}.html`]) {
    await citizen.goto(`${status.url}/${place}`);
    await inOrder(citizen, place);
  }
});

async function verify(service) {
  await go(operator, `#/service/${encodeURIComponent(service)}`);
  await operator.click(".service .buttons button.needs");
  await operator.waitForSelector("dialog");
  await operator.click("dialog button[type=submit]");
  await operator.waitForSelector("dialog", { state: "detached" });
}

test("the operator verifies each closed service, and sees what was found", async () => {
  await drill.step("first verification of each");
  for (const service of closed()) await verify(service);
  await drill.step("second verification, after");
  await operator.waitForSelector(".findings li");
  for (const service of closed()) {
    await go(operator, `#/service/${encodeURIComponent(service)}`);
    await operator.waitForSelector(".findings li code");
  }
  await shot(operator, "service");
  await inOrder(operator, "service with findings");
  await go(first, `#/service/${encodeURIComponent(closed()[0])}`);
  await first.waitForSelector(".findings li code");
  await shot(first, "service-dark-sq");
  await inOrder(first, "service with findings, sq, dark");
});

test("after the rebuild the one system passes, and the other does not", async () => {
  for (const service of closed()) await verify(service);
  await drill.step("needs the approvals of two");
  await go(operator, "#/now");
  await operator.waitForFunction((n) => document.querySelectorAll(".cell.verified, .cell.closed").length === n, closed().length);
  const verified = await cells(operator, "verified");
  assert.ok(verified.length > 0 && verified.length < closed().length, `verified: ${verified}`);
  await inOrder(operator, "Now, verified");
});

async function approve(one, service, name) {
  await go(one, `#/service/${encodeURIComponent(service)}`);
  await one.click(".service .buttons button.needs");
  await one.waitForSelector("dialog .signed-text");
  if ((await one.locator("dialog .key-held").count()) === 0) await one.setInputFiles("dialog input[type=file] >> nth=0", one.keyFile);
  await one.fill("dialog .form > label input:not([type=file])", service);
  if (name) {
    await shot(one, name);
    await inOrder(one, "the dialog to approve");
  }
  await one.click("dialog button[type=submit]");
  await one.waitForSelector("dialog", { state: "detached" });
}
const opensIn = (one, service) => one.waitForSelector([`open`, `guarded`].map((state) => `.cell.${state}[data-id="${service}"]`).join(","));

let verified;
test("two people with their own keys reopen a service: trial, then open", async () => {
  verified = await cells(operator, "verified");
  const [service] = verified;
  await approve(first, service, "approve-dark-sq");
  await drill.step(`${first.person} approves ${service} a second time`);
  await operator.waitForTimeout(1000); // the drill has looked whether the one officer's two signatures opened anything
  assert.deepEqual(await cells(operator, "trial"), []);
  await approve(second, service, "approve");
  await operator.waitForSelector(`.cell.trial[data-id="${service}"]`);
  await opensIn(operator, service);
});

test("the timeline has all of it", async () => {
  await go(operator, "#/timeline");
  await operator.waitForSelector("canvas");
  await operator.waitForTimeout(1000);
  await shot(operator, "timeline");
  await inOrder(operator, "timeline");
  assert.match(await text(operator, "#range"), /\d/);
});

test("the statement says only what holds now", async () => {
  const press = people.find((each) => each.roles.includes("press")).person;
  const writer = await open(press, { hash: "#/statement" });
  await writer.waitForSelector(".statement");
  await writer.waitForTimeout(500);
  await shot(writer, "statement");
  await inOrder(writer, "statement");
});

test("the other services follow, the drill scores as ever, and passes", async () => {
  await go(operator, "#/now");
  for (const service of verified.slice(1)) {
    await approve(first, service);
    await approve(second, service);
  }
  for (const service of verified) await opensIn(operator, service);
  const score = await drill.until("score", (each) => each.kind === "score");
  assert.deepEqual(score.failed, []);
  assert.equal(score.passed, true);
  assert.equal(score.reopen_without_approval, 0);
  assert.equal(score.reopened, verified.length);
  assert.equal(await drill.ended, 0);
});
