// Finding by a few letters.

/// Without case and accents, so that "perberes" finds "përbërës".
export function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/// Those whose `text` (folded) holds every word that was typed, the best first.
export function matches<T extends { text: string }>(all: readonly T[], typed: string): T[] {
  const words = folded(typed).split(/\s+/).filter(Boolean);
  return all
    .map((choice, index) => ({ choice, index, score: scoreOf(choice.text, words) }))
    .filter((each) => each.score < Infinity)
    .sort((a, b) => a.score - b.score || a.index - b.index)
    .map((each) => each.choice);
}

/// Lower is better: a text's beginning, then a word's, then within one.
function scoreOf(text: string, words: readonly string[]): number {
  let score = 0;
  for (const word of words) {
    const at = text.indexOf(word);
    if (at < 0) return Infinity;
    score += at === 0 ? 0 : text[at - 1] === " " ? 1 : 10;
  }
  return score;
}
