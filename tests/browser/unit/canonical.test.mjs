import assert from "node:assert/strict";
import { test } from "node:test";
import { webcrypto } from "node:crypto";
import { canonical as reference, person, verifies } from "../world.mjs";
import { load } from "./load.mjs";

globalThis.crypto ??= webcrypto; // Node 18 has it, under another name
const { canonical } = await load("canonical.ts");
const { readKeyFile, KeyError, isAskedFor } = await load("sign.ts");

test("members are sorted by UTF-16 code units, as RFC 8785's own example is", () => {
  const keys = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    1: "One",
    "\ud83d\ude00": "Emoji",
    "\u0080": "Control",
    "\u00f6": "Latin",
  };
  const sorted = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\ud83d\ude00", "\ufb33"];
  assert.deepEqual(
    Object.keys(JSON.parse(canonical(keys))).filter((key) => key !== "1"),
    sorted.filter((key) => key !== "1"),
  );
  assert.ok(canonical(keys).startsWith('{"\\r":"Carriage Return","1":"One",'));
});
test("strings are escaped as little as may be", () => {
  assert.equal(canonical('\u20ac$\u000f\nA\'B"\\"/'), '"€$\\u000f\\nA\'B\\"\\\\\\"/"');
});
test("minus zero is zero, and nothing has spaces", () =>
  assert.equal(canonical({ b: [-0, true, null], a: { d: 1, c: "" } }), '{"a":{"c":"","d":1},"b":[0,true,null]}'));
test("fractions, huge numbers and broken text are never signed", () => {
  for (const value of [1.5, 2 ** 53, Number.NaN, "\ud800", { "\udc00": 1 }]) assert.throws(() => canonical(value), RangeError);
});

const approval = {
  kulla: "approval/1",
  purpose: "reopen",
  service: "e-tax",
  closure: "3f9c0a71be52",
  basis: "ab".repeat(32),
  expires: "2026-11-28T12:00:00.000000Z",
  person: "anna",
  key: "",
};
test("what the page signs is what another implementation verifies", async () => {
  const anna = person("anna");
  const signer = await readKeyFile(anna.file);
  assert.equal(signer.publicKey, anna.key);
  const text = { ...approval, key: signer.publicKey };
  const signature = await signer.sign(text);
  assert.ok(verifies(anna.key, reference(text), signature));
  assert.equal(verifies(anna.key, reference({ ...text, service: "permits" }), signature), false);
});
test("a key cannot be taken out of the page", async () => {
  const signer = await readKeyFile(person("anna").file);
  await assert.rejects(crypto.subtle.exportKey("pkcs8", signer.key));
});
test("each wrong file is told apart", async () => {
  const problem = async (text) =>
    readKeyFile(text).then(
      () => "none",
      (error) => (assert.ok(error instanceof KeyError), error.problem),
    );
  assert.equal(await problem('{"kulla":"ed25519-sealed","box":"00"}'), "sealed");
  assert.equal(await problem('{"key":"00","kulla":"ed25519-public"}'), "public_half");
  for (const text of ["", "null", "{}", "[1]", '{"kulla":"ed25519-secret","seed":"zz"}', '{"kulla":"ed25519-secret","seed":"00"}'])
    assert.equal(await problem(text), "not_a_key");
});
test("only the text that was asked for is signed, with its members and no others", () => {
  const members = ["kulla", "mode", "person"];
  const wanted = { kulla: "mode/2", mode: "advise" };
  assert.ok(isAskedFor({ kulla: "mode/2", mode: "advise", person: "" }, wanted, members));
  for (const text of [
    { kulla: "approval/1", mode: "advise", person: "" },
    { kulla: "mode/2", mode: "act", person: "" },
    { kulla: "mode/2", mode: "advise" },
    { kulla: "mode/2", mode: "advise", person: "", basis: "" },
  ])
    assert.equal(isAskedFor(text, wanted, members), false);
});
