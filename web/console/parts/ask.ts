// An answer of the API as a component sees it: not there yet, there, or a problem; asked again when `key` changes or `again` is called.
import { useEffect, useState } from "preact/hooks";
import { get } from "../api.ts";

export interface Asked<T> {
  data: T | null;
  error: Error | null;
  again: () => void;
}

export function useAsked<T>(path: string | null, version: unknown = 0): Asked<T> {
  const [answer, setAnswer] = useState<{ path: string | null; data: T | null; error: Error | null }>({
    path: null,
    data: null,
    error: null,
  });
  const [times, setTimes] = useState(0);
  useEffect(() => {
    if (path === null) return;
    let wanted = true;
    get<T>(path).then(
      (data) => wanted && setAnswer({ path, data, error: null }),
      (error: Error) => wanted && setAnswer((before) => ({ path, data: before.path === path ? before.data : null, error })),
    );
    return () => void (wanted = false);
  }, [path, version, times]);
  const fits = answer.path === path;
  return { data: fits ? answer.data : null, error: fits ? answer.error : null, again: () => setTimes((before) => before + 1) };
}
