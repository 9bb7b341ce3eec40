// Texts in the person's language, from messages/*.json. A text is a string, or an object by plural category (Intl.PluralRules) of {n}.
import en from "./messages/en.json";
import sq from "./messages/sq.json";
import type { Lang, Texts } from "./types.ts";

export type Key = keyof typeof en;
export type Values = Record<string, string | number>;
type Text = string | Partial<Record<Intl.LDMLPluralRule, string>>;

const books: Record<Lang, Record<string, Text>> = { sq, en };
export const languages: readonly Lang[] = ["sq", "en"];
const remembered = "kulla.language";

let present: Lang = chosenAtFirst();
let plurals = new Intl.PluralRules(present);

export const language = (): Lang => present;

export function setLanguage(lang: Lang): void {
  present = lang;
  plurals = new Intl.PluralRules(lang);
  document.documentElement.lang = lang;
  remember(lang);
}

export function t(key: Key, values: Values = {}): string {
  return filled(books[present][key] ?? books.en[key] ?? key, values);
}

/// For keys that are made from a word of the API: what has no text in the messages is shown as the API says it.
export function tOf(prefix: string, word: string, values: Values = {}): string {
  const text = books[present][`${prefix}.${word}`];
  return text === undefined ? word.replace(/_/g, " ") : filled(text, values);
}

export const has = (key: string): boolean => key in books.en;

/// Of texts that the config gives in several languages.
export const inLanguage = (texts: Texts | undefined): string | undefined => texts?.[present] ?? texts?.sq ?? texts?.en;

/// With the separators of the messages: a browser may not know the language's own.
export function number(value: number): string {
  const { group, decimal } = separators[present];
  return digits.format(value).replace(/[,.]/g, (sign) => (sign === "," ? group : decimal));
}
const digits = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const separators: Record<Lang, { group: string; decimal: string }> = {
  sq: { group: "\u00a0", decimal: "," },
  en: { group: ",", decimal: "." },
};

function filled(text: Text, values: Values): string {
  const { n } = values;
  const form = typeof text === "string" ? text : (text[plurals.select(typeof n === "number" ? n : 0)] ?? text.other ?? "");
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? number(value) : value;
  });
}

function chosenAtFirst(): Lang {
  if (typeof document === "undefined") return "en";
  const before = recalled();
  const wanted = before ?? navigator.languages.map((each) => each.slice(0, 2)).find((each) => languages.includes(each as Lang)) ?? "sq";
  document.documentElement.lang = wanted;
  return wanted as Lang;
}

// A browser that keeps nothing (storage refused) only forgets the choice.
function remember(lang: Lang): void {
  try {
    localStorage.setItem(remembered, lang);
  } catch {
    return;
  }
}
function recalled(): Lang | undefined {
  try {
    return languages.find((lang) => lang === localStorage.getItem(remembered));
  } catch {
    return undefined;
  }
}
