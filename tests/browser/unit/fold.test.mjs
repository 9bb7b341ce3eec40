import assert from "node:assert/strict";
import { test } from "node:test";
import { World } from "../world.mjs";
import { load } from "./load.mjs";

const { fromSnapshot, joined, withFacts, withDurable, withPulse } = await load("fold.ts");
const world = () => new World({ services: 80, facts: 200, now: Date.UTC(2026, 0, 1) });

/// The event that tells what `step` did, as the daemon would.
function eventOf(country, step) {
  const before = country.facts.length;
  const rows = new Map(country.rows);
  step(country);
  const services = [...country.rows.values()].filter((row) => rows.get(row.id) !== row);
  return {
    from: before + 1,
    to: country.facts.length,
    facts: country.facts.slice(before),
    services,
    incident: country.openIncident,
    mode: country.mode,
    waiting: country.waiting(),
  };
}
const plain = (now) => ({
  rows: [...now.services.values()],
  counts: now.counts,
  number: now.number,
  waiting: now.snapshot.waiting,
  groups: now.groups.map((group) => group.rows.map((row) => row.id)),
});

test("a snapshot and the changes since are what a later snapshot says", () => {
  const country = world();
  let now = fromSnapshot(country.snapshot());
  now = withFacts(
    now,
    eventOf(country, (each) => each.close([...each.rows.keys()][20], "person", "olga asked")),
  );
  now = withFacts(
    now,
    eventOf(country, (each) => each.alert("permits", { effect: true })),
  );
  assert.deepEqual(plain(now), plain(fromSnapshot(country.snapshot())));
});

test("events that are joined do what they do one after the other", () => {
  const country = world();
  const before = fromSnapshot(country.snapshot());
  const events = [
    (each) => each.close([...each.rows.keys()][20], "person", "olga asked"),
    (each) => each.alert("permits", { effect: true }),
    (each) => each.set("permits", "verified", { approvals: [] }, () => each.add("verified", { service: "permits", closure: "c" })),
  ].map((step) => eventOf(country, step));
  const [one, two, three] = events;
  const onlyWaiting = { from: three.to + 1, to: three.to, facts: [], services: [], waiting: [] };
  const after = withFacts(before, [one, two, three, onlyWaiting].reduce(joined));
  assert.deepEqual(plain(after), plain([one, two, three, onlyWaiting].reduce(withFacts, before)));
  assert.deepEqual(after.alerts, events.reduce(withFacts, before).alerts);
});

test("a row that only adds up risk leaves its mark and its group as they were; one that looks different does not", () => {
  const country = world();
  const now = fromSnapshot(country.snapshot());
  const told = (change) =>
    withFacts(now, { from: now.number + 1, to: now.number + 1, services: [{ ...now.services.get("permits"), ...change }] });
  assert.equal(
    told({ attempts: 4711 }).groups.every((group, index) => group === now.groups[index]),
    true,
  );
  assert.equal(told({ attempts: 4711 }).services.get("permits").attempts, 4711);
  assert.equal(told({ waits_for: "something else" }).groups.filter((group, index) => group !== now.groups[index]).length, 1);
  assert.equal(told({ retired: true }).services.has("permits"), false);
});

test("an event that comes again changes nothing", () => {
  const country = world();
  const event = eventOf(country, (each) => each.alert("permits", { effect: true, title: "again" }));
  const once = withFacts(fromSnapshot({ ...country.snapshot(), number: event.from - 1, alerts: [] }), event);
  assert.equal(withFacts(once, event), once);
  assert.equal(once.alerts.filter((line) => line.fact.alert.title === "again").length, 1);
});

test("an event that begins too early adds only what is new", () => {
  const country = world();
  const now = fromSnapshot(country.snapshot());
  const known = country.facts.slice(-5);
  const event = eventOf(country, (each) => each.alert("permits"));
  const after = withFacts(now, { ...event, from: known[0].number, facts: [...known, ...event.facts] });
  assert.equal(after.alerts.length, now.alerts.length + 1);
});

test("a service that is gone from the config is gone from its group", () => {
  const country = world();
  const now = fromSnapshot(country.snapshot());
  const after = withFacts(now, { from: now.number + 1, to: now.number + 1, facts: [], services: [{ id: "permits", retired: true }] });
  assert.equal(after.services.has("permits"), false);
  assert.equal(
    after.groups.some((group) => group.rows.some((row) => row.id === "permits")),
    false,
  );
  assert.equal(
    Object.values(after.counts).reduce((a, b) => a + b),
    79,
  );
});

test("an event without facts brings what is waited for", () => {
  const now = fromSnapshot(world().snapshot());
  const waiting = [{ service: "e-tax", for: "person", text: "a reason", who: [] }];
  const after = withFacts(now, { from: now.number + 1, to: now.number, facts: [], services: [], waiting });
  assert.deepEqual(after.snapshot.waiting, waiting);
  assert.equal(after.number, now.number);
});
test("a group without a changed row is the same object, so that it is not drawn again", () => {
  const country = world();
  const now = fromSnapshot(country.snapshot());
  const after = withFacts(
    now,
    eventOf(country, (each) => each.close([...each.rows.keys()][20], "machine", "x")),
  );
  assert.equal(after.groups.filter((group, i) => group !== now.groups[i]).length, 1);
});

test("another incident forgets the calls of the one before", () => {
  const country = world();
  const now = fromSnapshot(country.snapshot());
  assert.equal(now.paged.length, 1);
  const after = withFacts(now, {
    from: now.number + 1,
    to: now.number + 1,
    facts: [],
    incident: { id: "15", since: "2026-01-01T00:00:00Z" },
  });
  assert.equal(after.paged.length, 0);
});

test("durable and pulse move the ledger and the surroundings, and no service", () => {
  const now = fromSnapshot(world().snapshot());
  const durable = withDurable(now, { number: 7, head: "ab" });
  assert.deepEqual([durable.snapshot.ledger.durable, durable.snapshot.ledger.head], [7, "ab"]);
  const pulse = withPulse(now, { at: "2026-01-01T00:00:01Z", ledger: { problem: "disk full" }, vantages: [] });
  assert.equal(pulse.snapshot.ledger.problem, "disk full");
  assert.equal(pulse.groups, now.groups);
});

test("a pulse says that a promised update is overdue, and that it has come", () => {
  const at = "2026-01-01T00:00:01Z";
  const overdue = { by: "2026-01-01T00:00:00Z", overdue: true };
  const late = withPulse(fromSnapshot(world().snapshot()), { at, next_update: overdue });
  assert.deepEqual(late.snapshot.next_update, overdue);
  assert.deepEqual(withPulse(late, { at }).snapshot.next_update, overdue);
  assert.equal(withPulse(late, { at, next_update: null }).snapshot.next_update, null);
});

test("attempts, of which there are many, push out no alert that showed an effect", () => {
  const country = world();
  let now = withFacts(
    fromSnapshot(country.snapshot()),
    eventOf(country, (each) => each.alert("permits", { effect: true, title: "kept" })),
  );
  now = withFacts(
    now,
    eventOf(country, (each) => {
      for (let i = 0; i < 500; ++i) each.alert("permits");
    }),
  );
  assert.ok(now.alerts.some((line) => line.fact.alert.title === "kept"));
  assert.ok(now.alerts.length <= 200);
});
