// A value that changes at most once a second: what is asked of the daemon because of it does not come faster.
import { useEffect, useRef, useState } from "preact/hooks";

const rest = 1000; // ms

export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  const last = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, last.current + rest - Date.now());
    const timer = setTimeout(() => {
      last.current = Date.now();
      setSettled(value);
    }, wait);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
