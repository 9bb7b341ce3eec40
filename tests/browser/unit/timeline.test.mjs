import assert from "node:assert/strict";
import { test } from "node:test";
import { random, World } from "../world.mjs";
import { load } from "./load.mjs";

const { TimelineFacts, Lane, bin } = await load("timeline/facts.ts");
const { Column, lowerBound } = await load("timeline/column.ts");
const { whole, zoomed, panned, ticks } = await load("timeline/view.ts");

test("the lower bound is what a plain search finds, from every beginning", () => {
  const next = random(3);
  for (let round = 0; round < 300; ++round) {
    const values = Array.from({ length: Math.floor(next() * 50) }, () => Math.floor(next() * 20)).sort((a, b) => a - b);
    const column = new Column(new Float64Array(0));
    values.forEach((value) => column.push(value));
    const start = Math.floor(next() * (values.length + 1));
    const wanted = Math.floor(next() * 22) - 1;
    const found = values.findIndex((value, i) => i >= start && value >= wanted);
    assert.equal(lowerBound(column.data, column.length, wanted, start), found < 0 ? values.length : found, `round ${round}`);
  }
});

test("bins hold each fact of the view once, grave ones too", () => {
  const next = random(4);
  for (let round = 0; round < 100; ++round) {
    const lane = new Lane();
    const at = Array.from({ length: Math.floor(next() * 400) }, () => next() * 1000).sort((a, b) => a - b);
    const grave = at.map(() => next() < 0.3);
    at.forEach((time, i) => lane.push(time, i, grave[i], 0));
    const from = next() * 500;
    const to = from + 1 + next() * 500;
    const [counts, graves] = [new Uint32Array(1 + Math.floor(next() * 200)), null];
    const bad = new Uint32Array(counts.length);
    bin(lane, from, to, counts, bad);
    const inside = at.map((time, i) => [time, grave[i]]).filter(([time]) => time >= from && time < to);
    const sum = (values) => values.reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(sum(counts) - inside.length) <= 1, `round ${round}: ${sum(counts)} of ${inside.length}`); // the last edge is a rounded sum
    assert.ok(sum(bad) <= sum(counts));
    assert.equal(graves, null);
  }
});

test("what the API tells in columns is what the facts say, and live facts are added once", () => {
  const world = new World({ services: 80, facts: 500 });
  const facts = TimelineFacts.from(world.timeline());
  assert.equal(facts.length, world.facts.length);
  const line = world.alert("permits", { effect: true });
  facts.append(line);
  facts.append(line);
  assert.equal(facts.length, world.facts.length);
  const entry = facts.entry(facts.indexOf(line.number));
  assert.deepEqual([entry.kind, entry.service, entry.lane, entry.grave], ["alerted", "permits", 0, true]);
});

test("an onset is told by the API and by a live fact alike", () => {
  const belief = { service: "permits", vantage: "", seen: "down", last_good: "2026-01-01T00:00:00Z", first_bad: "2026-01-01T00:00:02Z" };
  const fact = { kind: "belief_changed", v: 1, at: "2026-01-01T00:00:05Z", mono: 1, belief, agreement: "supports", why: "" };
  const live = new TimelineFacts();
  live.append({ number: 1, durable: true, fact });
  live.append({ number: 2, durable: true, fact: { ...fact, belief: { ...belief, vantage: "one-alone" } } });
  live.append({ number: 3, durable: true, fact: { ...fact, belief: { ...belief, seen: "up" } } });
  const [earliest, latest] = [Date.parse(belief.last_good), Date.parse(belief.first_bad)];
  const columns = { number: [1], at: [Date.parse(fact.at)], kind: [0], service: [0], lane: [3], flag: [1], state: [-1] };
  const onsets = { number: [1], earliest: [earliest], latest: [latest] };
  const told = TimelineFacts.from({ first: 1, last: 1, kinds: ["belief_changed"], services: ["permits"], states: [], columns, onsets });
  for (const facts of [live, told]) {
    assert.equal(facts.onsets.at.length, 1);
    assert.deepEqual([facts.onsets.earliest.at(0), facts.onsets.latest.at(0)], [earliest, latest]);
  }
});

test("a live fact lies on the lane on which the API would have put it", () => {
  const world = new World({ services: 80, facts: 400 });
  const told = TimelineFacts.from(world.timeline());
  const live = new TimelineFacts();
  for (const line of world.facts) live.append(line);
  for (let i = 0; i < told.length; ++i) {
    const [a, b] = [told.entry(i), live.entry(i)];
    if (/incident|source|started/.test(a.kind)) continue; // the fixture draws these elsewhere; the daemon does not
    assert.equal(b.lane, a.lane, a.kind);
  }
});

test("a range lists its facts in their order, page by page", () => {
  const world = new World({ services: 80, facts: 300 });
  const facts = TimelineFacts.from(world.timeline());
  const [from, to] = facts.span;
  const { count, indices } = facts.within(from, to + 1, 0, 1000);
  assert.equal(count, facts.length);
  assert.deepEqual(
    indices,
    Array.from({ length: count }, (_, i) => i),
  );
  assert.deepEqual(facts.within(from, to + 1, 100, 10).indices, indices.slice(100, 110));
});

test("closed services come first, each with its states in order", () => {
  const world = new World({ services: 80, facts: 300 });
  const lives = TimelineFacts.from(world.timeline()).livesInOrder();
  assert.ok(lives.some((life) => life.service === "e-tax"));
  const firstNotClosed = lives.findIndex((life) => !life.wasClosed);
  assert.ok(lives.slice(firstNotClosed).every((life) => !life.wasClosed));
});

test("a clock that was set back does not put facts out of order", () => {
  const lane = new Lane();
  [5, 3, 9].forEach((at, i) => lane.push(at, i, false, 0));
  assert.deepEqual([...lane.at.data.slice(0, 3)], [5, 5, 9]);
});

test("views stay within the whole, whatever is asked", () => {
  const next = random(5);
  const limits = whole([1000, 901_000]);
  let view = { ...limits };
  for (let round = 0; round < 2000; ++round) {
    view =
      next() < 0.5
        ? zoomed(view, view.from + next() * (view.to - view.from), Math.exp(next() * 4 - 2), limits)
        : panned(view, (next() - 0.5) * 1e6, limits);
    assert.ok(
      view.from >= limits.from - 1e-6 && view.to <= limits.to + 1e-3 && view.to - view.from >= 19.99,
      `round ${round}: ${view.from} ${view.to}`,
    );
  }
});

test("ticks are few and round", () => {
  for (const length of [30, 4000, 60_000, 3.6e6, 8.64e7, 3e9]) {
    const { step, at } = ticks({ from: 1e12, to: 1e12 + length }, 10);
    assert.ok(at.length >= 1 && at.length <= 10, `${length}: ${at.length}`);
    for (let i = 1; i < at.length; ++i) assert.equal(at[i] - at[i - 1], step);
  }
});

test("services are down from the first sight of it until they are seen up again", () => {
  const facts = new TimelineFacts();
  const seen = (number, at, service, state) =>
    facts.append({
      number,
      durable: true,
      fact: { kind: "belief_changed", at: new Date(at).toISOString(), belief: { service, seen: state } },
    });
  seen(1, 1000, "a", "up");
  seen(2, 2000, "a", "down");
  seen(3, 2500, "a", "down");
  seen(4, 3000, "b", "down");
  seen(5, 4000, "a", "up");
  const { at, count, most } = facts.downs;
  assert.deepEqual([...at.data.slice(0, at.length)], [2000, 3000, 4000]);
  assert.deepEqual([...count.data.slice(0, count.length)], [1, 2, 1]);
  assert.equal(most, 2);
});
