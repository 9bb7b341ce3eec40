// What the console knows of now: a snapshot, and what the stream told since, folded. Pure: the same events give the same state.
import type { DurableEvent, FactLine, FactsEvent, Institution, PulseEvent, Row, Snapshot, State } from "./types.ts";
import { states } from "./types.ts";

export const alertsKept = 100; // of those with an effect and of attempts each, as the daemon keeps them; the timeline has the rest

export interface Group {
  id: string;
  institution: Institution | null;
  rows: readonly Row[];
}

export interface Now {
  /// The last fact that this state holds.
  number: number;
  snapshot: Snapshot;
  services: ReadonlyMap<string, Row>;
  /// The services by institution, in the order of the snapshot; a group is the same object, and a row in it, until one looks different.
  groups: readonly Group[];
  counts: Readonly<Record<State, number>>;
  alerts: readonly FactLine[];
  paged: readonly FactLine[];
  examining: readonly string[];
}

export function fromSnapshot(snapshot: Snapshot): Now {
  return {
    number: snapshot.number,
    snapshot,
    services: new Map(snapshot.services.map((row) => [row.id, row])),
    groups: grouped(snapshot),
    counts: counted(snapshot.services),
    alerts: kept(newestFirst(snapshot.alerts ?? [])),
    paged: newestFirst(snapshot.paged ?? []),
    examining: [],
  };
}

/// Facts that are already known are left out, so that a stream that begins again too early does no harm. An event may bring no facts, and
/// only what changed with time: what is waited for.
export function withFacts(now: Now, event: FactsEvent): Now {
  if (event.to < now.number || (event.to === now.number && event.from <= event.to)) return now;
  const fresh = (event.facts ?? []).filter((line) => line.number > now.number);
  const alerts = fresh.filter((line) => line.fact.kind === "alerted");
  const paged = fresh.filter((line) => line.fact.kind === "person_paged");
  const began = event.incident && event.incident.id !== now.snapshot.incident?.id;
  const next = withRows(now, event.services ?? []);
  return {
    ...next,
    number: Math.max(now.number, event.to),
    alerts: alerts.length ? kept([...newestFirst(alerts), ...now.alerts]) : now.alerts,
    paged: [...newestFirst(paged), ...(began ? [] : now.paged)],
    snapshot: {
      ...now.snapshot,
      incident: event.incident === undefined ? now.snapshot.incident : event.incident,
      mode: event.mode ?? now.snapshot.mode,
      waiting: event.waiting ?? now.snapshot.waiting ?? [],
      ledger: { ...now.snapshot.ledger, facts: Math.max(now.snapshot.ledger.facts, event.to) },
      kinds: withKinds(now.snapshot.kinds ?? {}, fresh),
    },
  };
}

/// Two events, the second after the first, as one.
export function joined(first: FactsEvent, second: FactsEvent): FactsEvent {
  return {
    ...first,
    ...second,
    from: Math.min(first.from, second.from),
    to: Math.max(first.to, second.to),
    facts: [...(first.facts ?? []), ...(second.facts ?? [])],
    services: [...(first.services ?? []), ...(second.services ?? [])],
  };
}

export function withDurable(now: Now, event: DurableEvent): Now {
  const ledger = { ...now.snapshot.ledger, durable: event.number, head: event.head };
  return { ...now, snapshot: { ...now.snapshot, ledger } };
}

export function withPulse(now: Now, event: PulseEvent): Now {
  const { snapshot } = now;
  return {
    ...now,
    examining: event.examining ?? now.examining,
    snapshot: {
      ...snapshot,
      at: event.at,
      ledger: { ...snapshot.ledger, ...event.ledger },
      gate: event.gate ?? snapshot.gate,
      sensors: event.sensors ?? snapshot.sensors ?? {},
      vantages: event.vantages ?? snapshot.vantages ?? [],
      next_update: event.next_update === undefined ? (snapshot.next_update ?? null) : event.next_update,
    },
  };
}

export const stateOf = (row: Row | undefined): State => row?.state ?? "open";

function withRows(now: Now, changed: readonly Row[]): Now {
  if (changed.length === 0) return now;
  const services = new Map(now.services);
  const touched = new Set<string>();
  const different = new Set<string>();
  let isNew = false;
  for (const row of changed) {
    const before = services.get(row.id);
    isNew ||= (before !== undefined) === !!row.retired;
    if (row.retired) services.delete(row.id);
    else services.set(row.id, row);
    if (before && looksAs(before, row)) continue;
    touched.add(groupOf(row));
    different.add(row.id);
  }
  const all = [...services.values()];
  const newest = (row: Row): Row => (different.has(row.id) ? (services.get(row.id) ?? row) : row);
  const groups = isNew
    ? grouped({ ...now.snapshot, services: all })
    : now.groups.map((group) => (touched.has(group.id) ? { ...group, rows: group.rows.map(newest) } : group));
  return { ...now, services, groups, counts: counted(all) };
}

/// A flood changes sums of risk a thousand times a second, and no mark by it.
const unseen: ReadonlySet<string> = new Set(["attempts", "effects", "alerted", "outside"]);
function looksAs(before: Row, after: Row): boolean {
  return isSame(before as object, after as object, unseen);
}
/// Of what JSON can hold. Without a copy: it is asked for each row that comes.
function isSame(one: unknown, other: unknown, besides?: ReadonlySet<string>): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  for (const key in other)
    if (!besides?.has(key) && !isSame((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key])) return false;
  for (const key in one) if (!besides?.has(key) && !(key in other)) return false;
  return true;
}

function withKinds(kinds: Record<string, number>, lines: readonly FactLine[]): Record<string, number> {
  const next = { ...kinds };
  for (const { fact } of lines) next[fact.kind] = (next[fact.kind] ?? 0) + 1;
  return next;
}

const groupOf = (row: Row): string => row.institution ?? row.owner;

function grouped(snapshot: Snapshot): Group[] {
  const named = new Map((snapshot.institutions ?? []).map((institution) => [institution.id, institution]));
  const groups = new Map<string, Row[]>();
  for (const row of snapshot.services) {
    const id = groupOf(row);
    const rows = groups.get(id);
    if (rows) rows.push(row);
    else groups.set(id, [row]);
  }
  const order = [...named.keys(), ...[...groups.keys()].filter((id) => !named.has(id)).sort((a, b) => a.localeCompare(b))];
  return order.flatMap((id) => {
    const rows = groups.get(id);
    return rows ? [{ id, institution: named.get(id) ?? null, rows }] : [];
  });
}

function counted(rows: readonly Row[]): Record<State, number> {
  const counts = Object.fromEntries(states.map((state) => [state, 0])) as Record<State, number>;
  for (const row of rows) counts[stateOf(row)] += 1;
  return counts;
}

/// Attempts, of which there are many, push out no alert that showed an effect.
function kept(lines: readonly FactLine[]): FactLine[] {
  const counts = { effect: 0, attempt: 0 };
  return lines.filter(({ fact }) => ++counts[fact["effect"] === true ? "effect" : "attempt"] <= alertsKept);
}

function newestFirst(lines: readonly FactLine[]): FactLine[] {
  return [...lines].sort((a, b) => b.number - a.number);
}
