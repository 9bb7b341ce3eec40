// The timeline's facts in columns, by lanes, with running sums: how many there are in any stretch, and how many of them are grave, is
// two searches, whatever the number of facts. So each pixel of each frame counts exactly what it stands for.
import type { Fact, FactLine, State, TimelineAnswer } from "../types.ts";
import { states } from "../types.ts";
import { isGrave, serviceOf } from "../words.ts";
import { Column, lowerBound } from "./column.ts";

export const lanes = ["attack", "decisions", "gate", "outside", "way_back", "people"] as const;

export class Lane {
  readonly at = new Column(new Float64Array(0)); // never falls: a clock that was set back does not turn the order around
  readonly fact = new Column(new Uint32Array(0)); // index into the facts
  readonly grave = new Column(new Uint32Array(0)); // how many grave ones there are up to and with this one
  /// When the decision was, to which this is the gate's answer; 0 where it is none.
  readonly because = new Column(new Float64Array(0));

  push(at: number, fact: number, grave: boolean, because: number): void {
    this.at.push(Math.max(at, this.at.last(-Infinity)));
    this.fact.push(fact);
    this.grave.push(this.grave.last(0) + (grave ? 1 : 0));
    this.because.push(because);
  }
  graveBefore(index: number): number {
    return index > 0 ? this.grave.at(index - 1) : 0;
  }
}

/// A service that was not always open: its states, and since when each.
export class Life {
  readonly at = new Column(new Float64Array(0));
  readonly state = new Column(new Uint8Array(0));
  wasClosed = false;
  constructor(readonly service: string) {}
}

/// How many services the vantages held to be down, from each time on.
export class Downs {
  readonly at = new Column(new Float64Array(0));
  readonly count = new Column(new Uint32Array(0));
  most = 0;
  private readonly now = new Set<number>();

  seen(service: number, at: number, down: boolean): void {
    if (this.now.has(service) === down) return;
    if (down) this.now.add(service);
    else this.now.delete(service);
    this.at.push(Math.max(at, this.at.last(-Infinity)));
    this.count.push(this.now.size);
    this.most = Math.max(this.most, this.now.size);
  }
}

/// When services went down, as the vantages hold it: after the last good answer and by the first bad one.
export class Onsets {
  readonly at = new Column(new Float64Array(0)); // of the fact that says so
  readonly earliest = new Column(new Float64Array(0));
  readonly latest = new Column(new Float64Array(0));

  push(at: number, earliest: number, latest: number): void {
    this.at.push(Math.max(at, this.at.last(-Infinity)));
    this.earliest.push(earliest);
    this.latest.push(latest);
  }
}

export interface Entry {
  number: number;
  at: number;
  kind: string;
  service: string;
  lane: number;
  grave: boolean;
}

export class TimelineFacts {
  readonly lanes = lanes.map(() => new Lane());
  readonly lives: Life[] = [];
  readonly downs = new Downs();
  readonly onsets = new Onsets();
  private readonly number = new Column(new Float64Array(0));
  private readonly at = new Column(new Float64Array(0));
  private readonly kind = new Column(new Uint8Array(0));
  private readonly service = new Column(new Int32Array(0));
  private readonly lane = new Column(new Uint8Array(0));
  private readonly flag = new Column(new Uint8Array(0));
  private readonly kinds = new Names();
  private readonly services = new Names();
  private readonly lifeOf = new Map<number, Life>();
  private ordered: readonly Life[] | null = null;
  private readonly decided = new Map<number, number>();

  static from(answer: TimelineAnswer): TimelineFacts {
    const facts = new TimelineFacts();
    const { columns, kinds, services } = answer;
    let [number, at] = [0, 0];
    columns.number.forEach((step, i) => {
      number += step;
      at += columns.at[i] ?? 0;
      const state = answer.states[columns.state[i] ?? -1];
      facts.add(
        number,
        at,
        kinds[columns.kind[i] ?? 0] ?? "?",
        services[columns.service[i] ?? -1] ?? "",
        columns.lane[i] ?? 5,
        columns.flag[i] === 1,
        state,
      );
    });
    answer.onsets?.number.forEach((each, i) => {
      const index = facts.indexOf(each);
      if (index >= 0) facts.onsets.push(facts.at.at(index), answer.onsets?.earliest[i] ?? 0, answer.onsets?.latest[i] ?? 0);
    });
    return facts;
  }

  append({ number, fact }: FactLine): void {
    if (number <= this.number.last(0)) return;
    const at = Date.parse(fact.at);
    this.add(number, at, fact.kind, serviceOf(fact), laneOf(fact.kind), isGrave(fact), stateAfter[fact.kind]);
    const onset = onsetOf(fact);
    if (onset) this.onsets.push(at, ...onset);
  }

  private add(number: number, at: number, kind: string, service: string, lane: number, grave: boolean, state: State | undefined): void {
    const index = this.number.length;
    const serviceIndex = service ? this.services.index(service) : -1;
    this.number.push(number);
    this.at.push(at);
    this.kind.push(this.kinds.index(kind));
    this.service.push(serviceIndex);
    this.lane.push(lane);
    this.flag.push(grave ? 1 : 0);
    if (lane === 1 && serviceIndex >= 0) this.decided.set(serviceIndex, at);
    const because = lane === 2 ? (this.decided.get(serviceIndex) ?? 0) : 0;
    (this.lanes[lane] ?? this.lanes[5])?.push(at, index, grave, because);
    if (lane === 3 && serviceIndex >= 0) this.downs.seen(serviceIndex, at, grave);
    if (state && serviceIndex >= 0) this.live(serviceIndex, service, at, state);
  }

  private live(index: number, service: string, at: number, state: State): void {
    let life = this.lifeOf.get(index);
    if (!life && state === "open") return;
    if (!life) {
      life = new Life(service);
      this.lifeOf.set(index, life);
      this.lives.push(life);
      this.ordered = null;
    }
    const wanted = states.indexOf(state);
    if (state !== "open" && state !== "guarded" && !life.wasClosed) {
      life.wasClosed = true;
      this.ordered = null;
    }
    if (life.state.length && life.state.last(0) === wanted) return;
    life.at.push(Math.max(at, life.at.last(-Infinity)));
    life.state.push(wanted);
  }

  /// Those that were closed first, else by when they were first not open.
  livesInOrder(): readonly Life[] {
    this.ordered ??= [...this.lives].sort((a, b) => Number(b.wasClosed) - Number(a.wasClosed) || a.at.at(0) - b.at.at(0));
    return this.ordered;
  }

  get length(): number {
    return this.number.length;
  }
  get span(): [number, number] {
    const firsts = this.lanes.filter((lane) => lane.at.length).map((lane) => lane.at.at(0));
    const lasts = this.lanes.filter((lane) => lane.at.length).map((lane) => lane.at.last(0));
    return firsts.length ? [Math.min(...firsts), Math.max(...lasts)] : [0, 0];
  }
  entry(index: number): Entry {
    return {
      number: this.number.at(index),
      at: this.at.at(index),
      kind: this.kinds.name(this.kind.at(index)),
      service: this.service.at(index) >= 0 ? this.services.name(this.service.at(index)) : "",
      lane: this.lane.at(index),
      grave: this.flag.at(index) === 1,
    };
  }
  indexOf(number: number): number {
    const index = lowerBound(this.number.data, this.number.length, number);
    return this.number.at(index) === number ? index : -1;
  }
  lastNumber(): number {
    return this.number.last(0);
  }
  /// How many facts there are in this stretch, and the indices of some of them, in order.
  within(from: number, to: number, skip: number, most: number): { count: number; indices: number[] } {
    const parts = this.lanes.map((lane) => {
      const begin = lowerBound(lane.at.data, lane.at.length, from);
      return { lane, begin, end: lowerBound(lane.at.data, lane.at.length, to, begin) };
    });
    const count = parts.reduce((sum, part) => sum + part.end - part.begin, 0);
    const indices: number[] = [];
    for (let left = skip + most; left > 0; --left) {
      let first: (typeof parts)[number] | undefined;
      for (const part of parts) {
        if (part.begin < part.end && (!first || part.lane.fact.at(part.begin) < first.lane.fact.at(first.begin))) first = part;
      }
      if (!first) break;
      const index = first.lane.fact.at(first.begin++);
      if (left <= most) indices.push(index);
    }
    return { count, indices };
  }
}

/// Facts in each of `counts.length` equal parts of the stretch, and how many of those are grave.
export function bin(lane: Lane, from: number, to: number, counts: Uint32Array, graves: Uint32Array): void {
  const { data, length } = lane.at;
  const width = (to - from) / counts.length;
  let begin = lowerBound(data, length, from);
  for (let x = 0; x < counts.length; ++x) {
    const end = lowerBound(data, length, from + (x + 1) * width, begin);
    counts[x] = end - begin;
    graves[x] = lane.graveBefore(end) - lane.graveBefore(begin);
    begin = end;
  }
}

class Names {
  private readonly names: string[] = [];
  private readonly indices = new Map<string, number>();
  index(name: string): number {
    let index = this.indices.get(name);
    if (index === undefined) {
      index = this.names.push(name) - 1;
      this.indices.set(name, index);
    }
    return index;
  }
  name(index: number): string {
    return this.names[index] ?? "?";
  }
}

// What the daemon puts into the columns of old facts, for the facts that come while one looks.
const laneKinds: readonly (readonly string[])[] = [
  ["alerted", "out_of_scope", "blind", "backup_suspected"],
  [
    "started",
    "clock_gap",
    "incident_opened",
    "incident_ended",
    "source_blocked",
    "source_unblocked",
    "guarded",
    "unguarded",
    "closed",
    "advised",
    "person_paged",
  ],
  ["gate_confirmed", "gate_failed", "gate_drifted"],
  ["belief_changed"],
  [
    ...["verification_asked", "inspection_ordered", "proof_ordered", "inspected", "proved", "verification_failed"],
    ...["verified", "verification_voided", "approved", "trial_started", "trial_widened", "trial_held", "trial_resumed", "opened"],
  ],
];
function laneOf(kind: string): number {
  const lane = laneKinds.findIndex((kinds) => kinds.includes(kind));
  return lane < 0 ? 5 : lane;
}
/// Of a fact by which the vantages together hold something to be down that was up before.
function onsetOf(fact: Fact): [number, number] | null {
  const belief = fact.kind === "belief_changed" ? (fact["belief"] as Record<string, string>) : null;
  if (belief?.["seen"] !== "down" || belief["vantage"]) return null;
  const [earliest, latest] = [Date.parse(belief["last_good"] ?? ""), Date.parse(belief["first_bad"] ?? "")];
  return earliest > 0 && latest >= earliest ? [earliest, latest] : null;
}
const stateAfter: Record<string, State> = {
  guarded: "guarded",
  unguarded: "open",
  closed: "closed",
  verification_asked: "verifying",
  verification_failed: "closed",
  verification_voided: "closed",
  verified: "verified",
  trial_started: "trial",
  opened: "open",
};
