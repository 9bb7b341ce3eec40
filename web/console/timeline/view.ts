// Which stretch of time is looked at, and how keys and wheel move it. Pure.
export interface View {
  from: number;
  to: number;
}
export const shortest = 20; // ms: two facts nearer than that are told apart by their numbers
const margin = 0.02;

export const whole = ([first, last]: [number, number]): View => {
  const room = Math.max(shortest, (last - first) * margin);
  return { from: first - room, to: last + room };
};

/// Zooms by `factor` (below 1: closer) around `at`; not beyond the whole.
export function zoomed(view: View, at: number, factor: number, limits: View): View {
  const length = clamp((view.to - view.from) * factor, shortest, limits.to - limits.from);
  const part = (at - view.from) / (view.to - view.from);
  return within({ from: at - part * length, to: at + (1 - part) * length }, limits);
}

export const panned = (view: View, by: number, limits: View): View => within({ from: view.from + by, to: view.to + by }, limits);

export function around(at: number, length: number, limits: View): View {
  return within({ from: at - length / 2, to: at + length / 2 }, limits);
}

function within(view: View, limits: View): View {
  const length = view.to - view.from;
  const from = clamp(view.from, limits.from, Math.max(limits.from, limits.to - length));
  return { from, to: from + length };
}

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), Math.max(least, most));

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const steps = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14, 30, 90, 365].map((n) => n * day),
];

/// Round times, at most `most` of them; local midnight is round.
export function ticks(view: View, most: number): { step: number; at: number[] } {
  const step = steps.find((each) => (view.to - view.from) / each <= most) ?? 365 * day;
  const shift = new Date(view.from).getTimezoneOffset() * minute;
  const at: number[] = [];
  for (let tick = Math.ceil((view.from - shift) / step) * step + shift; tick <= view.to && at.length <= most; tick += step) at.push(tick);
  return { step, at };
}
