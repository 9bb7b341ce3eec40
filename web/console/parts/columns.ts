// Things of known heights in columns of like height, in their order. CSS columns do the same; but in them a mark that changes lays out all.
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";

/// For each column the index after its last. The least height at which they fit into so many columns.
export function ends(heights: readonly number[], columns: number): number[] {
  let [low, high] = [Math.max(0, ...heights), heights.reduce((sum, each) => sum + each, 0)];
  while (high - low > 0.5) {
    const middle = (low + high) / 2;
    if (packed(heights, middle).length <= columns) high = middle;
    else low = middle;
  }
  return packed(heights, high);
}
function packed(heights: readonly number[], most: number): number[] {
  const found: number[] = [];
  let height = 0;
  heights.forEach((each, index) => {
    if (index > 0 && height + each > most) {
      found.push(index);
      height = 0;
    }
    height += each;
  });
  return heights.length ? [...found, heights.length] : [];
}

const gap = 16; // px, as .grid has it
const overhead = 26; // of a group: its heading and the space below

/// How groups of so many cells are spread over the width of `list`, by its --column and --cell; `lines`: a line a cell.
export function useColumns(list: RefObject<HTMLElement | null>, sizes: readonly number[], lines: boolean): number[] {
  const [space, setSpace] = useState({ width: 0, column: 168, cell: 16 });
  const known = useRef(space);
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const measure = (): void => {
      const style = getComputedStyle(element);
      const length = (name: string): number => Number.parseFloat(style.getPropertyValue(name)) || 1;
      const next = { width: element.clientWidth, column: length("--column"), cell: length("--cell") };
      const { width, column, cell } = known.current;
      if (next.width !== width || next.column !== column || next.cell !== cell) setSpace((known.current = next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [lines]);
  return useMemo(() => {
    const { width, column, cell } = space;
    const columns = Math.max(1, Math.floor((width + gap) / (column + gap)));
    const across = Math.max(1, Math.floor((width / columns - gap) / cell));
    return ends(
      sizes.map((size) => overhead + (lines ? size * 24 : Math.ceil(size / across) * cell)),
      columns,
    );
  }, [space, lines, sizes.join()]);
}
