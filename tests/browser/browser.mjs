// What the browser tests share: Debian's Chromium, a console to test, and people signed in.
// By default each run starts its own fixture server. Against a real daemon: KULLA_CONSOLE_URL, and KULLA_CONSOLE_PEOPLE as JSON
// {"olga":{"password":"…","code":"…","key":"FILE"}, …} by the roles that the tests ask for.
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { Fixture, password } from "./fixture-server.mjs";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
export const { chromium } = require("playwright-core");
export const axeSource = require("axe-core").source;
export const shots = process.env.KULLA_SHOTS ?? "/tmp/kulla-shots";
export const real = process.env.KULLA_CONSOLE_URL;
const people = JSON.parse(process.env.KULLA_CONSOLE_PEOPLE ?? "{}");

export async function launch() {
  await mkdir(shots, { recursive: true });
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
}
export const server = async (options) => (real ? { url: real, close: async () => undefined, isReal: true } : new Fixture(options).listen());

/// A page of one person's own browser, signed in. `problems` collects what the page complained of.
export async function page(
  browser,
  where,
  { person = "anna", hash = "#/now", lang = "en", theme = "light", width = 1440, height = 900, signedIn = true } = {},
) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: lang === "sq" ? "sq-AL" : "en-GB",
    timezoneId: "Europe/Tirane",
    ignoreHTTPSErrors: true,
  });
  await context.addInitScript(
    ([language]) => localStorage.getItem("kulla.language") ?? localStorage.setItem("kulla.language", language),
    [lang],
  );
  const opened = await context.newPage();
  opened.problems = [];
  opened.on("pageerror", (error) => opened.problems.push(String(error)));
  opened.on(
    "console",
    (message) =>
      message.type() === "error" && !/401|Failed to load resource|ERR_/.test(message.text()) && opened.problems.push(message.text()),
  );
  await opened.goto(`${where.url}/${hash}`);
  if (signedIn) await signIn(opened, person);
  return opened;
}
export async function signIn(opened, person) {
  const { password: own, code } = people[person] ?? {};
  await opened.fill("input[name=person]", person);
  await opened.fill("input[name=password]", own ?? password);
  if (code) await opened.fill("input[name=code]", code);
  await opened.click("button[type=submit]");
  await opened.waitForSelector("header.top");
}
export const text = (opened, selector) => opened.locator(selector).innerText();
