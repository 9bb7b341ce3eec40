// Times as people read them: absolute with the zone, and how long ago. `serverOffset` is the daemon's clock minus this machine's.
import { t } from "./messages.ts";

let serverOffset = 0;
export function setServerTime(at: string): void {
  const told = Date.parse(at);
  if (!Number.isNaN(told)) serverOffset = told - Date.now();
}
export const serverNow = (): number => Date.now() + serverOffset;

const two = (value: number): string => String(value).padStart(2, "0");

export function zone(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "−" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

export const day = (at: Date): string => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
export const clock = (at: Date): string => `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
const fraction = (text: string): string => (/\.(\d{3})/.exec(text)?.[1] ?? "000").padEnd(3, "0");

/// "02:11:07", with the day before it where that is not today. `exact` adds milliseconds.
export function shortTime(text: string, exact = false): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return text;
  const time = exact ? `${clock(at)}.${fraction(text)}` : clock(at);
  return day(at) === day(new Date(serverNow())) ? time : `${day(at)} ${time}`;
}

export function absolute(text: string, exact = false): string {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? text : `${shortTime(text, exact)} ${zone(at)}`;
}

const units = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

/// "41 min ago", "in 3 min".
export function relative(text: string, now = serverNow()): string {
  const at = Date.parse(text);
  if (Number.isNaN(at)) return "";
  const seconds = (at - now) / 1000;
  const size = Math.abs(seconds);
  if (size < 2) return t("time.now");
  const [unit, length] = units.find(([, each]) => size >= each) ?? units[3];
  return t(`${seconds < 0 ? "ago" : "in"}.${unit}`, { n: Math.trunc(size / length) });
}

/// How long something took: "340 ms", "4.2 s", "3 min 20 s", "1 h 5 min".
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return t("time.ms", { n: Math.round(milliseconds) });
  if (milliseconds < 10_000) return t("time.s", { n: Math.round(milliseconds / 100) / 10 });
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return t("time.s", { n: seconds });
  if (seconds < 3600) return t("time.min_s", { min: Math.floor(seconds / 60), s: seconds % 60 });
  return t("time.h_min", { h: Math.floor(seconds / 3600), min: Math.floor((seconds % 3600) / 60) });
}

/// The API writes some times with their ticks beside.
export const wall = (time: string | { wall: string } | null | undefined): string => (typeof time === "string" ? time : (time?.wall ?? ""));
