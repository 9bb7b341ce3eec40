// Which page is shown: the address behind the #, so that the server needs one page only and a reload stays where one is.
import { useEffect, useState } from "preact/hooks";

export const pages = ["now", "timeline", "service", "statement", "backups", "approvers", "reveal", "fact"] as const;
export type Page = (typeof pages)[number];
export interface Route {
  page: Page;
  what: string;
}

export function parse(hash: string): Route {
  const [page = "", ...rest] = hash.replace(/^#\/?/, "").split("/");
  const known = pages.find((each) => each === page);
  return { page: known ?? "now", what: known ? decoded(rest.join("/")) : "" };
}

export const href = (page: Page, what: string | number = ""): string => `#/${page}${what === "" ? "" : `/${encodeURIComponent(what)}`}`;
export function go(page: Page, what: string | number = ""): void {
  location.hash = href(page, what);
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parse(location.hash));
  useEffect(() => {
    const look = (): void => setRoute(parse(location.hash));
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  return route;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
