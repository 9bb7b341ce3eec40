// Both languages say the same, and nothing on a page is said in the source.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { require, web } from "./load.mjs";

const ts = require("typescript");
const folder = path.join(web, "console");
const languages = ["sq", "en"];
const books = Object.fromEntries(
  languages.map((lang) => [lang, JSON.parse(readFileSync(path.join(folder, `messages/${lang}.json`), "utf8"))]),
);
const sources = readdirSync(folder, { recursive: true })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => ({
    file,
    tree: ts.createSourceFile(
      file,
      readFileSync(path.join(folder, file), "utf8"),
      ts.ScriptTarget.Latest,
      true,
      file.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS,
    ),
  }));

const forms = (text) => (typeof text === "string" ? [text] : Object.values(text));
const blanks = (text) => [...new Set(forms(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();
function walk(node, visit) {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

test("both languages have the same texts, each with the same blanks, and none is empty", () => {
  assert.deepEqual(Object.keys(books.sq), Object.keys(books.en));
  for (const [key, text] of Object.entries(books.sq)) {
    assert.deepEqual(blanks(text), blanks(books.en[key]), key);
    for (const lang of languages)
      assert.ok(
        forms(books[lang][key]).every((form) => form.trim() !== ""),
        `${lang} ${key}`,
      );
  }
});

test("texts with plural forms have every form of their language", () => {
  for (const lang of languages) {
    // What has no data of its own falls back to another language's: Albanian has one and other, as CLDR says.
    const wanted = ["one", "other"];
    for (const [key, text] of Object.entries(books[lang]))
      if (typeof text !== "string") assert.deepEqual(Object.keys(text).sort(), wanted, `${lang} ${key}`);
  }
});

test("Albanian is written with its letters, and is not English", () => {
  const letters = Object.values(books.sq).flatMap(forms).join("");
  assert.ok((letters.match(/ë/g) ?? []).length > 500);
  const same = Object.keys(books.sq).filter(
    (key) =>
      JSON.stringify(books.sq[key]) === JSON.stringify(books.en[key]) &&
      forms(books.sq[key])
        .join("")
        .replace(/\{\w+\}/g, "").length > 6,
  );
  assert.deepEqual(
    same.filter((key) => !/^(role\.operator|role\.auditor|time\.|theme|fact\.alerted|nature|grid\.cell)/.test(key)),
    [],
  );
});

const calls = [];
for (const { file, tree } of sources) {
  walk(tree, (node) => {
    if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || !["t", "tOf"].includes(node.expression.text)) return;
    const [first] = node.arguments;
    calls.push({ file, name: node.expression.text, first });
  });
}
const literals = (node) =>
  ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)
    ? [node.text]
    : ts.isConditionalExpression(node)
      ? [...literals(node.whenTrue), ...literals(node.whenFalse)]
      : [];

test("every text that the source names exists, and every text is named", () => {
  const named = new Set();
  const prefixes = [];
  for (const { file, name, first } of calls) {
    for (const text of literals(first)) {
      if (name === "tOf") prefixes.push(`${text}.`);
      else {
        assert.ok(text in books.en, `${file}: t("${text}")`);
        named.add(text);
      }
    }
    if (ts.isTemplateExpression(first)) prefixes.push(first.head.text || "ago.", ...(first.head.text ? [] : ["in."]));
  }
  prefixes.push("fact.");
  const unused = Object.keys(books.en).filter((key) => !named.has(key) && !prefixes.some((prefix) => key.startsWith(prefix)));
  assert.deepEqual(unused, []);
});

// What people read or hear, besides what stands between tags.
const spoken = new Set(["title", "aria-label", "placeholder", "alt", "label", "aria-description", "aria-roledescription"]);
const allowed = new Set(["kulla"]); // the name
test("no text on a page is written in the source", () => {
  const found = [];
  for (const { file, tree } of sources) {
    walk(tree, (node) => {
      if (ts.isJsxText(node) && /\p{L}/u.test(node.text) && !allowed.has(node.text.trim())) found.push(`${file}: ${node.text.trim()}`);
      if (ts.isJsxAttribute(node) && spoken.has(node.name.getText()) && node.initializer && ts.isStringLiteral(node.initializer))
        found.push(`${file}: ${node.initializer.text}`);
      if (
        ts.isJsxExpression(node) &&
        node.parent &&
        ts.isJsxElement(node.parent) &&
        node.expression &&
        ts.isStringLiteral(node.expression) &&
        /\p{L}{2}/u.test(node.expression.text)
      )
        found.push(`${file}: ${node.expression.text}`);
    });
  }
  assert.deepEqual(found, []);
});

test("nothing in the source can become markup", () => {
  for (const { file, tree } of sources) {
    walk(tree, (node) => {
      if (ts.isIdentifier(node))
        assert.ok(
          !/^(dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|eval|Function)$/.test(node.text),
          `${file}: ${node.text}`,
        );
      if (ts.isJsxAttribute(node)) assert.notEqual(node.name.getText(), "style", file);
    });
  }
});
