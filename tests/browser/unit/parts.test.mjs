import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../world.mjs";
import { load } from "./load.mjs";

const { shown, bytes } = await load("shown.ts");
const { differing } = await load("parts/differing.ts");
const { parse, href } = await load("route.ts");
const { layout } = await load("parts/graph_layout.ts");
const { matches, folded } = await load("parts/matching.ts");
const columns = await load("parts/columns.ts");
const { sentence } = await load("words.ts");
const { relative, absolute, duration } = await load("time.ts");

test("what would not be seen is shown as its number", () => {
  assert.equal(shown("a\u202eb\u0000c\u200bd\u{e0041}"), "a\\u{202e}b\\u{0}c\\u{200b}d\\u{e0041}");
  assert.equal(shown("<b>ë&"), "<b>ë&");
  assert.equal(shown("x".repeat(50), 10), "xxxxxxxxxx…");
});
test("sizes", () => assert.deepEqual([0, 1023, 1024, 48e6].map(bytes), ["0 B", "1023 B", "1.0 KiB", "45.8 MiB"]));

test("differing parts join to the whole text on both sides", () => {
  for (const [a, b] of [
    ["mode 0644 owner www", "mode 0755 owner root"],
    ["", "new"],
    ["same", "same"],
    ["x ".repeat(900), "y"],
  ]) {
    const [left, right] = differing(a, b);
    assert.equal(left.map((part) => part.text).join(""), a);
    assert.equal(right.map((part) => part.text).join(""), b);
    assert.equal(left.some((part) => part.differs) || right.some((part) => part.differs), a !== b);
  }
  assert.deepEqual(differing("mode 0644", "mode 0755")[0], [
    { text: "mode ", differs: false },
    { text: "0644", differs: true },
  ]);
});

test("an address leads where it says, and back, whatever the name", () => {
  for (const name of ["e-tax", "a/b", "%zz", "<script>", "ë ç", "#/now"])
    assert.deepEqual(parse(href("service", name)), { page: "service", what: name });
  assert.deepEqual(parse(""), { page: "now", what: "" });
  assert.deepEqual(parse("#/nonsense/x"), { page: "now", what: "" });
});

test("a system of the same name as a service is another node, and risk comes from services to their systems", () => {
  const nodes = [
    { id: "service:web", kind: "service", label: "web", state: "closed", effects: 9000 },
    { id: "system:web", kind: "system", label: "web" },
    { id: "service:b", kind: "service", label: "b", state: "open" },
  ];
  const edges = [
    { from: "service:web", to: "system:web", why: "runs on" },
    { from: "service:b", to: "system:web", why: "runs on" },
  ];
  const drawn = layout({ nodes, edges }, "b");
  assert.equal(drawn.placed[0].node.id, "service:b");
  assert.ok(drawn.edges.every((edge) => edge.risk === 9000));
  assert.equal(drawn.hidden, 0);
});
test("many neighbours are counted, not drawn over each other", () => {
  const nodes = Array.from({ length: 50 }, (_, i) => ({ id: `service:s${i}`, kind: "service", label: `s${i}` }));
  const drawn = layout({ nodes, edges: [], left_out: 5 }, "s0");
  assert.equal(drawn.placed.length + drawn.hidden, 55);
  assert.equal(new Set(drawn.placed.map((each) => each.y)).size, drawn.placed.length);
});

test("times", () => {
  const now = Date.UTC(2026, 0, 1, 12);
  assert.equal(relative("2026-01-01T11:19:00Z", now), "41 min ago");
  assert.equal(relative("2026-01-01T12:00:30Z", now), "in 30 s");
  assert.equal(relative("2025-12-31T12:00:00Z", now), "1 day ago");
  assert.match(absolute("2026-01-01T11:19:00Z"), /^2026-01-01 \d\d:\d\d:\d\d [+−]\d\d:\d\d$/);
  assert.equal(absolute("nonsense"), "nonsense");
  assert.deepEqual(
    [340, 4200, 200_000, 3_900_000].map((each) => duration(each)),
    ["340 ms", "4.2 s", "3 min 20 s", "1 h 5 min"],
  );
});
test("the palette finds what begins with the letters before what has them inside", () => {
  const all = ["water tax", "e-tax", "taxes"].map((text, i) => ({ id: String(i), kind: "service", text }));
  assert.deepEqual(
    matches(all, "tax").map((each) => each.text),
    ["taxes", "water tax", "e-tax"],
  );
  assert.equal(folded("Përbërës"), "perberes");
});

test("a fact says who, where the ledger also says of what kind", () => {
  const envelope = { kind: "closed", v: 1, at: "2026-01-01T00:00:00Z", mono: 1 };
  const closed = { ...envelope, service: "e-tax", closure: "c", by: "person", person: "console:olga", why: "a breach", systems: [] };
  assert.equal(sentence(closed), "e-tax was closed by console:olga: a breach");
  assert.equal(sentence({ ...closed, by: "machine", person: "" }), "e-tax was closed by the machine: a breach");
  assert.match(sentence({ ...envelope, kind: "never_heard_of" }), /does not know/);
});

test("things in columns: in their order, no column higher than it must be, all of them somewhere", () => {
  const { ends } = columns;
  assert.deepEqual(ends([], 3), []);
  assert.deepEqual(ends([10, 10, 10, 10], 2), [2, 4]);
  assert.deepEqual(ends([50, 10, 10, 10, 10, 10], 2), [1, 6]);
  assert.deepEqual(ends([5], 4), [1]);
  const next = random(7);
  for (let round = 0; round < 50; ++round) {
    const heights = Array.from({ length: 1 + Math.floor(next() * 12) }, () => 1 + Math.floor(next() * 90));
    const count = 1 + Math.floor(next() * 5);
    const found = ends(heights, count);
    assert.ok(found.length <= count && found.at(-1) === heights.length && found.every((end, i) => end > (found[i - 1] ?? 0)));
    const highest = (of) => Math.max(...of.map((end, i) => heights.slice(of[i - 1] ?? 0, end).reduce((a, b) => a + b, 0)));
    assert.ok(highest(found) <= least(heights, count) + 1, `${heights} in ${count}`);
  }
});
/// By trying all ways.
function least(heights, columns) {
  if (columns === 1 || heights.length <= 1) return heights.reduce((a, b) => a + b, 0);
  let best = Infinity;
  for (let first = 1; first <= heights.length; ++first)
    best = Math.min(
      best,
      Math.max(least(heights.slice(0, first), 1), first < heights.length ? least(heights.slice(first), columns - 1) : 0),
    );
  return best;
}
