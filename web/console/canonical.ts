// Canonical JSON (RFC 8785) of what people sign: strings, booleans, null, arrays, objects, and whole numbers within ±2^53.
import type { Json } from "./types.ts";

export function canonical(value: Json): string {
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new RangeError("a number that is not whole is never signed");
  if (typeof value === "string" && !isWellFormed(value)) throw new RangeError("half of a surrogate pair is never signed");
  if (value === null || typeof value !== "object") return JSON.stringify(value === 0 ? 0 : value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const keys = Object.keys(value).sort(); // by UTF-16 code units, as RFC 8785 asks
  return `{${keys.map((key) => `${canonical(key)}:${canonical(value[key] as Json)}`).join(",")}}`;
}

function isWellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}
