// Each page in both themes and both languages: axe finds nothing, nothing is wider than the window, no script was refused or failed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe } from "./axe.mjs";
import { launch, page, server, shots, someone } from "./browser.mjs";

let browser;
let where;
before(async () => {
  browser = await launch();
  where = await server({ services: 150 }); // axe compares every pair of targets: the whole 1,225 take it a minute, and show nothing else
});
after(async () => {
  await browser.close();
  await where.close();
});

const some = async () => {
  const opened = await page(browser, where, { person: someone("operator") });
  await opened.waitForSelector(".grid .cell");
  const id = await opened.locator(".cell.verified, .cell.closed, .cell").first().getAttribute("data-id");
  await opened.context().close();
  return id;
};
const pages = [
  { name: "sign-in", hash: "", signedIn: false, ready: "form.sign-in" },
  { name: "now", hash: "#/now", ready: ".grid .cell" },
  { name: "timeline", hash: "#/timeline", ready: "canvas" },
  { name: "service", hash: "#/service/ID", ready: ".graph" },
  { name: "backups", hash: "#/backups", ready: "h1" },
  { name: "approvers", hash: "#/approvers", ready: "table" },
  { name: "statement", hash: "#/statement", person: someone("press"), ready: ".statement" },
  { name: "reveal", hash: "#/reveal/p1234", person: someone("auditor"), ready: "form" },
  { name: "fact", hash: "#/fact/3", ready: ".fact-view" },
];

let id;
for (const { name, hash, ready, ...options } of pages) {
  for (const theme of ["light", "dark"]) {
    for (const lang of ["sq", "en"]) {
      test(`${name}, ${theme}, ${lang}`, async () => {
        id ??= await some();
        const opened = await page(browser, where, { ...options, theme, lang, hash: hash.replace("ID", id) });
        try {
          await opened.waitForSelector(ready);
          await opened.mouse.move(720, 2);
          await opened.waitForTimeout(250); // what is asked for on opening has come
          assert.deepEqual(await axe(opened), []);
          assert.deepEqual(opened.problems, []);
          assert.equal(await opened.evaluate(() => document.documentElement.lang), lang);
          await opened.screenshot({ path: `${shots}/${name}-${theme}-${lang}.png` });
        } finally {
          await opened.context().close();
        }
      });
    }
  }
  test(`${name}, 360 pixels wide`, async () => {
    id ??= await some();
    const opened = await page(browser, where, { ...options, hash: hash.replace("ID", id), width: 360, height: 740 });
    try {
      await opened.waitForSelector(ready);
      await opened.waitForTimeout(250);
      assert.ok((await opened.evaluate(() => document.documentElement.scrollWidth)) <= 360, "scrolls sideways");
      assert.deepEqual(await axe(opened), []);
      await opened.screenshot({ path: `${shots}/${name}-360.png`, fullPage: true });
    } finally {
      await opened.context().close();
    }
  });
}
