// Who is signed in, in this tab and in the others of this browser.
import { session, setCsrf, whenSignedOut } from "./api.ts";
import { change, read } from "./store.ts";
import { resume, start } from "./stream.ts";
import type { Session } from "./types.ts";

const tabs = new BroadcastChannel("kulla");

/// `tell`: this tab signed in itself, and the others should look again.
export function enter(entered: Session, tell = true): void {
  const before = read().session;
  if (before && before.person !== entered.person) return location.reload(); // nothing of another person's page is kept
  setCsrf(entered.csrf);
  change({ session: entered, signedIn: "yes" });
  start();
  resume();
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
  try {
    enter(await session(), false);
  } catch {
    change({ signedIn: "no" });
  }
}

function expire(): void {
  if (read().signedIn === "yes") change({ signedIn: "expired" });
}
