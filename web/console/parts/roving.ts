// The arrows among marks that lie in rows: which one is next, and that it alone is the tab stop.

const keys = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]);

/// The cell that `key` goes to, made the tab stop; null where the key means nothing or there is none.
export function neighbour(list: HTMLElement, from: HTMLElement, key: string): HTMLElement | null {
  if (!keys.has(key)) return null;
  const cells = [...list.querySelectorAll<HTMLElement>("a.cell")];
  const next = key === "ArrowUp" || key === "ArrowDown" ? across(cells, from, key === "ArrowUp") : along(cells, from, key);
  if (!next) return null;
  for (const cell of list.querySelectorAll<HTMLElement>('a.cell[tabindex="0"]')) cell.tabIndex = -1;
  next.tabIndex = 0;
  return next;
}

function along(cells: HTMLElement[], from: HTMLElement, key: string): HTMLElement | null {
  const at = cells.indexOf(from);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: cells.length - 1 }[key] ?? at;
  return cells[to] ?? null;
}

/// The nearest cell in the nearest row above or below, whichever institution it is of.
function across(cells: HTMLElement[], from: HTMLElement, up: boolean): HTMLElement | null {
  const here = from.getBoundingClientRect();
  let best: HTMLElement | null = null;
  let least = Infinity;
  for (const cell of cells) {
    const there = cell.getBoundingClientRect();
    const down = up ? here.top - there.top : there.top - here.top;
    if (down < here.height / 2) continue;
    const distance = down + 3 * Math.abs(there.left - here.left); // straight before near
    if (distance < least) [best, least] = [cell, distance];
  }
  return best;
}
