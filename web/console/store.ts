// The console's one store: what is known of now, the connection, the session. Components read parts of it with `useStore`.
import { useEffect, useState } from "preact/hooks";
import type { Now } from "./fold.ts";
import type { Lang, Session } from "./types.ts";
import { language } from "./messages.ts";

/// connecting: nothing was heard yet. live: heard within 3 s. stale: silence for longer. lost: the connection is down, and tried again.
export type Link = "connecting" | "live" | "stale" | "lost";

export interface Notice {
  id: number;
  kind: "done" | "problem";
  text: string;
}

export interface Console {
  session: Session | null;
  /// unknown: not asked yet. unreachable: asked, and nobody answered. expired: it was there, and is over; what is on the page stays.
  signedIn: "unknown" | "unreachable" | "no" | "yes" | "expired";
  now: Now | null;
  link: Link;
  heard: number;
  language: Lang;
  notices: readonly Notice[];
}

let state: Console = {
  session: null,
  signedIn: "unknown",
  now: null,
  link: "connecting",
  heard: 0,
  language: language(),
  notices: [],
};
const listeners = new Set<() => void>();

export const read = (): Console => state;

export function change(part: Partial<Console>): void {
  state = { ...state, ...part };
  for (const listener of [...listeners]) listener();
}

export function useStore<T>(choose: (state: Console) => T): T {
  const [value, setValue] = useState(() => choose(state));
  useEffect(() => {
    const look = (): void => setValue(() => choose(state));
    look();
    listeners.add(look);
    return () => void listeners.delete(look);
  }, []);
  return value;
}

export const useNow = (): Now | null => useStore((each) => each.now);

const noticeStays = 8000;
let notices = 0;
export function notify(kind: Notice["kind"], text: string): void {
  const notice = { id: ++notices, kind, text };
  change({ notices: [...state.notices, notice].slice(-4) });
  if (kind === "done") setTimeout(() => dismiss(notice.id), noticeStays);
}
export const dismiss = (id: number): void => change({ notices: state.notices.filter((notice) => notice.id !== id) });
