// Signing in by OpenID Connect in a real browser: the real daemon with a config as docs/config.md has it, HAProxy, an identity provider.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe } from "./axe.mjs";
import { launch, page, text } from "./browser.mjs";
import { SmallDaemon } from "./small_daemon.mjs";

const binary = process.env.KULLA_BINARY;
const skip = binary ? false : "KULLA_BINARY names no kulla";
let browser;
let daemon;
before(async () => {
  if (skip) return;
  browser = await launch();
  daemon = await SmallDaemon.start(binary);
});
after(async () => {
  await browser?.close();
  await daemon?.stop();
});
const open = (options = {}) => page(browser, daemon, { signedIn: false, ...options });
const provided = (opened) => opened.locator('a[href$="/session/oidc/start"]');

test(
  "a person comes in by the identity provider, to the page that was asked for, with the role that the config gives",
  { skip },
  async () => {
    const opened = await open({ hash: "#/service/tax" });
    await provided(opened).waitFor();
    assert.deepEqual(await axe(opened), []);
    await provided(opened).click();
    await opened.waitForSelector(".state-line");
    assert.ok(opened.url().endsWith("#/service/tax"), opened.url());
    const session = await opened.evaluate(async () => (await fetch("/api/v1/session")).json());
    assert.equal(session.person, "ana");
    assert.deepEqual(session.roles, ["viewer", "operator"]);
    assert.deepEqual(opened.problems, []);

    await opened.click(".buttons button"); // an operator closes; the session is enough
    await opened.fill("dialog textarea", "a test of signing in");
    await opened.click("dialog button[type=submit]");
    await opened.waitForSelector(".state-line .mark.closed");
    await opened.context().close();
  },
);

for (const [what, claims] of [
  ["who has no role at the provider is told so, and is not in", 'groups=["visitors"]'],
  ["a token that a stranger signed is refused", "sign=stranger"],
])
  test(what, { skip }, async () => {
    await daemon.nextClaims(claims);
    const opened = await open();
    await provided(opened).click();
    await opened.waitForSelector("[role=alert]");
    assert.match(await text(opened, "[role=alert]"), /has no role here/);
    assert.ok(!opened.url().includes("sign_in="), opened.url());
    assert.equal(await opened.locator("header.top").count(), 0);
    await opened.context().close();
  });

test("a link puts no words of its own on the page", { skip }, async () => {
  const opened = await open({ hash: "?sign_in=Call_this_number" });
  await provided(opened).waitFor();
  assert.equal(await opened.locator("[role=alert]").count(), 0);
  await opened.context().close();
});
