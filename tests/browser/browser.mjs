// What the browser tests share: Debian's Chromium, a console to test, and people signed in.
// By default each run starts its own fixture server. Against a real daemon: KULLA_CONSOLE_URL, and KULLA_CONSOLE_PEOPLE, a file as
// `kulla drill` names it: {"accounts":[{"person","roles":[…],"password","key"?: the file of an approver's secret key}]}.
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { Fixture, fixtureAccounts } from "./fixture-server.mjs";

const require = createRequire(
  new URL("../../web/package.json", import.meta.url),
);
export const { chromium } = require("playwright-core");
export const axeSource = require("axe-core").source;
export const shots = process.env.KULLA_SHOTS ?? "/tmp/kulla-shots";
export const real = process.env.KULLA_CONSOLE_URL;
const accounts = real ? JSON.parse(readFileSync(process.env.KULLA_CONSOLE_PEOPLE, "utf8")).accounts : fixtureAccounts();
/// The people who have a role, those with the fewest others first.
export const everyone = (role) =>
  accounts
    .filter((each) => each.roles.includes(role))
    .sort((a, b) => a.roles.length - b.roles.length)
    .map((each) => each.person);
export const someone = (role) => everyone(role)[0];
/// The file of an approver's secret key, as a browser's file input takes it.
export function keyOf(name) {
  const { key } = accounts.find((each) => each.person === name);
  return { name: `${name}.key`, mimeType: "application/json", buffer: real ? readFileSync(key) : Buffer.from(key) };
}

export async function launch() {
  await mkdir(shots, { recursive: true });
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
}
export const server = async (options) =>
  real
    ? { url: real, close: async () => undefined, isReal: true }
    : new Fixture(options).listen();

/// A page of one person's own browser, signed in. `problems` collects what the page complained of.
export async function page(
  browser,
  where,
  {
    person = someone("viewer"),
    password: own,
    hash = "#/now",
    lang = "en",
    theme = "light",
    width = 1440,
    height = 900,
    signedIn = true
  } = {},
) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: lang === "sq" ? "sq-AL" : "en-GB",
    timezoneId: "Europe/Tirane",
    ignoreHTTPSErrors: true,
  });
  await context.addInitScript(
    ([language]) =>
      localStorage.getItem("kulla.language") ??
      localStorage.setItem("kulla.language", language),
    [lang],
  );
  const opened = await context.newPage();
  opened.problems = [];
  opened.on("pageerror", (error) => opened.problems.push(String(error)));
  opened.on(
    "console",
    (message) =>
      message.type() === "error" &&
      !/401|Failed to load resource|ERR_/.test(message.text()) &&
      opened.problems.push(message.text()),
  );
  await opened.goto(`${where.url}/${hash}`);
  if (signedIn) await signIn(opened, person, own);
  return opened;
}
export async function signIn(opened, person, given) {
  const { password, code } = accounts.find((each) => each.person === person) ?? {};
  await opened.fill("input[name=person]", person);
  await opened.fill("input[name=password]", given ?? password);
  if (code) await opened.fill("input[name=code]", code);
  await opened.click("button[type=submit]");
  await opened.waitForSelector("header.top");
}
export const text = (opened, selector) => opened.locator(selector).innerText();
