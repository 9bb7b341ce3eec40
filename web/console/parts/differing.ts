// Two texts in parts that are the same and parts that differ: by lines or words, the longest common subsequence of them.
export interface Part {
  text: string;
  differs: boolean;
}
const most = 400; // words on each side; longer texts differ as a whole

export function differing(before: string, after: string): [Part[], Part[]] {
  const a = words(before);
  const b = words(after);
  if (a.length > most || b.length > most) return [whole(before, before !== after), whole(after, before !== after)];
  const lengths = table(a, b);
  const left: Part[] = [];
  const right: Part[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      push(left, a[i++] ?? "", false);
      push(right, b[j++] ?? "", false);
    } else if (j >= b.length || (i < a.length && (lengths[i + 1]?.[j] ?? 0) >= (lengths[i]?.[j + 1] ?? 0))) push(left, a[i++] ?? "", true);
    else push(right, b[j++] ?? "", true);
  }
  return [left, right];
}

const words = (text: string): string[] => text.match(/\s+|[\w.-]+|[^\s\w]/g) ?? [];
const whole = (text: string, differs: boolean): Part[] => (text ? [{ text, differs }] : []);

function push(parts: Part[], text: string, differs: boolean): void {
  const last = parts[parts.length - 1];
  if (last?.differs === differs) last.text += text;
  else parts.push({ text, differs });
}

/// lengths[i][j]: how many words the rest of a from i and the rest of b from j have in common, in order.
function table(a: readonly string[], b: readonly string[]): number[][] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; --i) {
    const [row, below] = [lengths[i] ?? [], lengths[i + 1] ?? []];
    for (let j = b.length - 1; j >= 0; --j) row[j] = a[i] === b[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
  }
  return lengths;
}
