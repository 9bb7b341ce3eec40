// Who is signed in, in this tab and in the others of this browser.
import { ApiError, session, setCsrf, whenSignedOut } from "./api.ts";
import { change, read } from "./store.ts";
import { start } from "./stream.ts";
import type { Session } from "./types.ts";

const tabs = new BroadcastChannel("kulla");

/// `tell`: this tab signed in itself, and the others should look again.
export function enter(entered: Session, tell = true): void {
  const before = read().session;
  if (before && before.person !== entered.person) return location.reload(); // nothing of another person's page is kept
  setCsrf(entered.csrf);
  change({ session: entered, signedIn: "yes" });
  start();
  if (tell) tabs.postMessage("changed");
}

export function leave(): void {
  tabs.postMessage("changed");
  location.reload();
}

export async function begin(): Promise<void> {
  whenSignedOut(expire);
  tabs.onmessage = () => {
    session().then((found) => enter(found, false), expire);
  };
  returnTo();
  await look();
}

const lookAgain = 2000; // ms: a daemon that restarts is back in a few seconds

async function look(): Promise<void> {
  try {
    enter(await session(), false);
  } catch (error) {
    const isThere = error instanceof ApiError && error.status !== 0;
    change({ signedIn: isThere ? "no" : "unreachable" });
    if (!isThere) setTimeout(() => void look(), lookAgain);
  }
}

/// Signing in with an institution's account leaves this page: where one was is remembered until one comes back.
const remembered = "kulla.return";
export function rememberPlace(): void {
  sessionStorage.setItem(remembered, location.hash);
}
function returnTo(): void {
  const hash = sessionStorage.getItem(remembered);
  sessionStorage.removeItem(remembered);
  if (hash && !location.hash) location.hash = hash;
}

/// Why the institution's sign-in led back without a session, as the server's redirect says; once.
export function turnedAway(): string {
  const why = new URLSearchParams(location.search).get("sign_in") ?? "";
  if (why) history.replaceState(null, "", location.pathname + location.hash);
  return why;
}

function expire(): void {
  if (read().signedIn === "yes") change({ signedIn: "expired" });
}
