// The live link: a stale session, a lost connection, a daemon that restarts or falls silent, a second tab.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Fixture } from "./fixture-server.mjs";
import { launch, page, real, signIn, text } from "./browser.mjs";

let browser;
let where;
let opened;
const skip = real ? "ends the server" : false;
before(async () => (browser = await launch()));
after(async () => browser.close());
beforeEach(async () => {
  where = await new Fixture({ facts: 500 }).listen();
});
afterEach(async () => {
  await opened?.context().close();
  await where.close();
});

test("a change is seen without a reload", { skip }, async () => {
  opened = await page(browser, where);
  where.change((world) => world.close("health-tax-120", "machine", "x"));
  await opened.waitForSelector('.cell.closed[data-id="health-tax-120"]');
});

test("silence for three seconds is shown, with the time of what is seen, and goes away", { skip }, async () => {
  opened = await page(browser, where);
  await opened.waitForSelector(".cell");
  where.silent = true;
  await opened.waitForSelector(".stale-mark", { timeout: 6000 });
  assert.match(await text(opened, ".stale-mark"), /as of \d\d:\d\d:\d\d [+−]\d\d:\d\d/);
  where.silent = false;
  await opened.waitForSelector(".stale-mark", { state: "detached", timeout: 4000 });
});

test("a restart of the daemon is survived: the page stays, and misses nothing", { skip }, async () => {
  opened = await page(browser, where, { hash: "#/service/permits" });
  await opened.waitForSelector(".state-line");
  const { port } = where;
  await where.close();
  await opened.waitForSelector(".stale-mark");
  assert.ok(await opened.locator(".state-line").count());
  where.world.set("permits", "closed", {}, () =>
    where.world.add("verification_failed", { service: "permits", closure: "c", why: "37 findings" }),
  );
  await where.listen(port);
  await opened.waitForSelector(".stale-mark", { state: "detached", timeout: 15_000 });
  await opened.waitForSelector(".state-line .mark.closed");
});

test("a number that the daemon no longer knows leads to a new snapshot", { skip }, async () => {
  opened = await page(browser, where);
  await opened.waitForSelector(".cell");
  const sessions = where.sessions;
  const { port } = where;
  await where.close();
  where = new Fixture({ facts: 200 });
  where.sessions = sessions;
  await where.listen(port);
  await opened.waitForFunction(() => /170|2\d\d/.test(document.querySelector(".ledger")?.textContent ?? ""), null, { timeout: 15_000 });
});

test("an ended session asks for the password over the page, and what was written stays", { skip }, async () => {
  opened = await page(browser, where, { person: "olga", hash: "#/service/finance-cards-3" });
  await opened.click(".buttons button");
  await opened.fill("dialog textarea", "a long reason that nobody wants to write twice");
  where.sessions.clear();
  await opened.click("dialog button[type=submit]");
  await opened.waitForSelector("dialog form.sign-in");
  await opened.fill("dialog form.sign-in input[name=password]", "correct horse battery");
  await opened.click("dialog form.sign-in button[type=submit]");
  await opened.waitForSelector("dialog form.sign-in", { state: "detached" });
  assert.equal(await opened.inputValue("dialog textarea"), "a long reason that nobody wants to write twice");
  await opened.click("dialog button[type=submit]");
  await opened.waitForSelector(".state-line .mark.closed");
});

test("somebody else who signs in there does not get the other's page", { skip }, async () => {
  opened = await page(browser, where, { person: "olga", hash: "#/now" });
  await opened.waitForSelector(".cell");
  where.sessions.clear();
  where.drop();
  await opened.waitForSelector("dialog form.sign-in");
  await opened.fill("dialog input[name=person]", "vera");
  await opened.fill("dialog input[name=password]", "correct horse battery");
  await opened.click("dialog button[type=submit]");
  await opened.waitForSelector("header.top .person summary >> text=vera");
});

test("a second tab is signed in, lives, and learns when the first signs out", { skip }, async () => {
  opened = await page(browser, where, { person: "olga" });
  const second = await opened.context().newPage();
  await second.goto(`${where.url}/#/now`);
  await second.waitForSelector(".cell");
  where.change((world) => world.close("health-tax-120", "machine", "x"));
  await second.waitForSelector('.cell.closed[data-id="health-tax-120"]');
  await opened.waitForSelector('.cell.closed[data-id="health-tax-120"]');
  await opened.click(".person summary");
  await opened.click(".person .menu > button");
  await opened.waitForSelector(".sign-in-page");
  await second.waitForSelector("dialog form.sign-in");
  await signIn(opened, "olga");
  await second.waitForSelector("dialog form.sign-in", { state: "detached" });
});

test("a token against forgery that grew old is asked for again", { skip }, async () => {
  opened = await page(browser, where, { person: "olga", hash: "#/service/finance-cards-3" });
  await opened.waitForSelector(".state-line");
  for (const session of where.sessions.values()) session.csrf = "another";
  await opened.click(".buttons button");
  await opened.fill("dialog textarea", "reason");
  await opened.click("dialog button[type=submit]");
  await opened.waitForSelector(".state-line .mark.closed");
});
