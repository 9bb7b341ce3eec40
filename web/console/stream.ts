// The live stream: a snapshot, then server-sent events from its number on. Comes back by itself after a restart of the daemon.
import { ApiError, get, session, streamAddress } from "./api.ts";
import { fromSnapshot, joined, withDurable, withFacts, withPulse } from "./fold.ts";
import { change, read } from "./store.ts";
import { serverNow, setServerTime } from "./time.ts";
import type { DurableEvent, FactLine, FactsEvent, PulseEvent, Snapshot } from "./types.ts";

export const staleAfter = 3000; // the daemon pulses each second: three that do not come are no accident
const firstRetry = 500;
const longestRetry = 10_000;
const hiddenFor = 60_000; // a tab that nobody sees gives its connection back: a browser has six for one host, for all tabs

type Follower = (lines: readonly FactLine[]) => void;
const followers = new Set<Follower>();
/// Calls with each batch of new facts; returns how to end it.
export function follow(follower: Follower): () => void {
  followers.add(follower);
  return () => void followers.delete(follower);
}

let source: EventSource | null = null;
let retry = firstRetry;
let timer = 0;
let lastHeard = 0;
let watching = false;
let connecting = false;

/// Begins; or, after signing in again, goes on: what is on the page stays, and is brought up to date.
export function start(): void {
  if (!watching) {
    watching = true;
    setInterval(watch, 500);
    document.addEventListener("visibilitychange", onVisibility);
  }
  retry = firstRetry;
  if (!source && !connecting) void connect();
}

function stop(): void {
  clearTimeout(timer);
  source?.close();
  source = null;
}

async function connect(): Promise<void> {
  stop();
  connecting = true;
  try {
    if (!read().now) await load();
    open();
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) later();
  } finally {
    connecting = false;
  }
}

async function load(): Promise<void> {
  const snapshot = await get<Snapshot>("/now");
  setServerTime(snapshot.at);
  told = {};
  change({ now: fromSnapshot(snapshot) });
}

function open(): void {
  const stream = new EventSource(streamAddress(lastHeardOf()));
  source = stream;
  const on = <T>(name: string, handle: (event: T) => void): void =>
    stream.addEventListener(name, (message) => {
      if (stream !== source) return;
      hear();
      handle(JSON.parse((message as MessageEvent<string>).data) as T);
    });
  on<FactsEvent>("facts", onFacts);
  on<DurableEvent>("durable", (durable) => tell({ durable }));
  on<PulseEvent>("pulse", (pulse) => {
    setServerTime(pulse.at);
    tell({ pulse });
  });
  on("reset", () => {
    stop();
    void load().then(open, later);
  });
  stream.onopen = hear;
  stream.onerror = () => {
    if (stream !== source) return;
    stop();
    lose();
    void explain();
  };
}

/// An EventSource does not say why it failed: the session does.
async function explain(): Promise<void> {
  try {
    await session();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return change({ signedIn: "expired" });
  }
  later();
}

function later(): void {
  clearTimeout(timer);
  if (read().link !== "lost") lose();
  timer = window.setTimeout(() => void connect(), retry * (0.75 + Math.random() / 2)); // not all consoles at once
  retry = Math.min(retry * 2, longestRetry);
}

function lose(): void {
  change({ link: read().now ? "lost" : "connecting", heard: lastHeard ? serverNow() - (Date.now() - lastHeard) : 0 });
}

function hear(): void {
  lastHeard = Date.now();
  retry = firstRetry;
  if (read().link !== "live") change({ link: "live" });
}

function watch(): void {
  if (read().link === "live" && Date.now() - lastHeard > staleAfter)
    change({ link: "stale", heard: serverNow() - (Date.now() - lastHeard) });
}

const drawnEvery = 40; // ms: the daemon tells up to fifty times a second, people do not see as often
let told: { facts?: FactsEvent; durable?: DurableEvent; pulse?: PulseEvent } = {};
let isWaiting = false;
let drawn = 0;

/// What is told is shown at once where nothing was shown just before; else together with what is told until then.
function tell(news: typeof told): void {
  told = { ...told, ...news };
  if (isWaiting || !read().now) return;
  const wait = drawn + drawnEvery - performance.now();
  if (wait <= 0) return show();
  isWaiting = true;
  setTimeout(show, wait);
}
function show(): void {
  const { facts, durable, pulse } = told;
  told = {};
  isWaiting = false;
  let { now } = read();
  if (!now) return;
  if (facts) now = withFacts(now, facts);
  if (durable) now = withDurable(now, durable);
  if (pulse) now = withPulse(now, pulse);
  change({ now });
  drawn = performance.now();
}

const lastHeardOf = (): number => told.facts?.to ?? read().now?.number ?? 0;

function onFacts(event: FactsEvent): void {
  const before = lastHeardOf();
  const fresh = (event.facts ?? []).filter((line) => line.number > before);
  tell({ facts: told.facts ? joined(told.facts, event) : event });
  if (fresh.length) for (const follower of [...followers]) follower(fresh);
}

let hiddenTimer = 0;
function onVisibility(): void {
  clearTimeout(hiddenTimer);
  if (document.hidden) hiddenTimer = window.setTimeout(stop, hiddenFor);
  else if (read().signedIn === "yes") start();
}
