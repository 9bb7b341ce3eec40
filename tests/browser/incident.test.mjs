// A whole incident from the console: an operator closes a service, its systems are inspected and its data proved, two people sign, each in
// their own browser with their own key, and it opens again. Against a real daemon, as `kulla drill --hold 300` has one:
// KULLA_CONSOLE_URL, KULLA_CONSOLE_PEOPLE (browser.mjs), and KULLA_CONSOLE_SERVICE, an open service that nobody attacks meanwhile.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe } from "./axe.mjs";
import { everyone, keyOf, launch, page, real, server, shots, someone, text } from "./browser.mjs";

const service = process.env.KULLA_CONSOLE_SERVICE;
const longest = 240_000; // of inspection, proof and trial together
const skip = real && service ? false : "needs a daemon: KULLA_CONSOLE_URL, KULLA_CONSOLE_PEOPLE, KULLA_CONSOLE_SERVICE";

let browser;
let where;
before(async () => {
  browser = await launch();
  where = await server();
});
after(async () => {
  await browser.close();
  await where.close();
});

const state = (opened, name) => opened.waitForSelector(`.state-line .mark.${name}`, { timeout: longest });

async function sign(opened, name) {
  await opened.click(".buttons button.needs");
  await opened.waitForSelector("dialog .signed-text");
  await opened.setInputFiles("dialog input[type=file] >> nth=0", keyOf(name));
  await opened.waitForSelector(".key-held");
  await opened.fill("dialog .form > label input:not([type=file])", service);
  await opened.screenshot({ path: `${shots}/incident-sign-${name}.png` });
  await opened.click("dialog button[type=submit]");
  await opened.waitForSelector("dialog", { state: "detached" });
}

test("closed, verified, signed by two, in trial, open", { skip, timeout: 2 * longest }, async () => {
  const [first, second] = everyone("approver");
  const operator = await page(browser, where, { person: someone("operator"), hash: `#/service/${service}` });
  const one = await page(browser, where, { person: first, hash: `#/service/${service}` });
  const other = await page(browser, where, { person: second, hash: `#/service/${service}`, lang: "sq", theme: "dark" });

  await operator.click(".buttons button");
  await operator.waitForSelector("dialog .preview");
  await operator.fill("dialog textarea", "a rehearsal from the console");
  await operator.click("dialog button[type=submit]");
  await state(operator, "closed");
  await operator.screenshot({ path: `${shots}/incident-closed.png` });

  await operator.click(".buttons button.needs");
  await operator.click("dialog button[type=submit]");
  await Promise.all([operator, one, other].map((each) => state(each, "verified")));
  await operator.screenshot({ path: `${shots}/incident-verified.png` });
  assert.deepEqual(await axe(operator), []);

  await sign(one, first);
  await other.waitForSelector(".key.turned");
  assert.equal(await one.locator(".buttons button.needs").count(), 0, "nobody signs twice");
  await sign(other, second);
  await Promise.all([operator, one, other].map((each) => state(each, "trial")));
  await operator.screenshot({ path: `${shots}/incident-trial.png` });
  await Promise.all([operator, one, other].map((each) => state(each, "open")));
  assert.match(await text(operator, ".fact-list"), new RegExp(first));
  for (const each of [operator, one, other]) assert.deepEqual(each.problems, []);
});
