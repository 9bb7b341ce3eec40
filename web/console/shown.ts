// Text from elsewhere, made safe to look at: what would not be seen, or would turn the letters around it, is shown as its number.
const unseen =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

export function shown(text: string, most = 2000): string {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return cut.replace(unseen, (letter) => `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`);
}

export function bytes(count: number): string {
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = count;
  let unit = 0;
  for (; size >= 1024 && unit < names.length - 1; ++unit) size /= 1024;
  return `${unit === 0 ? size : size.toFixed(1)} ${names[unit]}`;
}

/// A hash or a key by its first letters; the whole is in the title or beside.
export const short = (hex: string, letters = 12): string => (hex.length > letters ? `${hex.slice(0, letters)}…` : hex);
