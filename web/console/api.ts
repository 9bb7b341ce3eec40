// The API, and nothing else, is what the console asks. Errors are ApiError with the server's code and words; 401 is told to the session.
import type { Json, Session } from "./types.ts";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    what: string,
    readonly wait = 1, // seconds, where the server says when to come back
  ) {
    super(what);
  }
}

const base = "/api/v1";
const turns = 5;
const patience = 15_000; // the server waits up to 5 s for the core; three times that is no answer

let csrf = "";
let onSignedOut: () => void = () => undefined;
export const setCsrf = (token: string): void => void (csrf = token);
export const whenSignedOut = (then: () => void): void => void (onSignedOut = then);

/// A page may want more reports at once than a session has turns: it asks again when the server says so.
export async function get<T>(path: string): Promise<T> {
  for (let turn = 1; ; turn++) {
    try {
      return await ask<T>("GET", path);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 429 || turn === turns) throw error;
      await new Promise((done) => setTimeout(done, error.wait * 1000));
    }
  }
}
export const post = <T = unknown>(path: string, body: Json): Promise<T> => ask<T>("POST", path, body);
export const signOut = (): Promise<unknown> => ask("DELETE", "/session");

export const session = (): Promise<Session> => ask<Session>("GET", "/session", undefined, true);
export const signIn = (person: string, password: string, code: string): Promise<Session> =>
  ask<Session>("POST", "/session", code ? { person, password, code } : { person, password }, true);

export const place = (...parts: (string | number)[]): string => parts.map((part) => `/${encodeURIComponent(part)}`).join("");
export const streamAddress = (from: number): string => `${base}/stream?from=${from}`;
export const address = (path: string): string => base + path;

/// After another tab has signed in anew, this one's token against forgery is old: it is asked for again, once.
async function ask<T>(method: string, path: string, body?: Json, quiet = false): Promise<T> {
  try {
    return await askOnce<T>(method, path, body);
  } catch (error) {
    if (error instanceof ApiError && error.code === "no_csrf_token" && !quiet) {
      csrf = (await askOnce<Session>("GET", "/session")).csrf;
      return askOnce<T>(method, path, body);
    }
    if (error instanceof ApiError && error.status === 401 && !quiet) onSignedOut();
    throw error;
  }
}

async function askOnce<T>(method: string, path: string, body?: Json): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (method !== "GET") headers["x-kulla-csrf"] = csrf;
  if (body !== undefined) headers["content-type"] = "application/json";
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), patience);
  try {
    const answer = await fetch(base + path, {
      method,
      headers,
      credentials: "same-origin",
      cache: "no-store",
      signal: waiting.signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw await errorOf(answer);
    const text = await answer.text();
    return (text ? JSON.parse(text) : null) as T;
  } catch (error) {
    throw error instanceof ApiError ? error : new ApiError(0, "no_answer", "");
  } finally {
    clearTimeout(timer);
  }
}

async function errorOf(answer: Response): Promise<ApiError> {
  try {
    const { error } = (await answer.json()) as { error: { code: string; what: string } };
    return new ApiError(answer.status, error.code, error.what, Number(answer.headers.get("retry-after")) || 1);
  } catch {
    return new ApiError(answer.status, `http_${answer.status}`, answer.statusText);
  }
}
