// What waits for people: the only place, besides the buttons that answer it, that has the accent's colour.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../actions/asked.ts";
import type { Now } from "../fold.ts";
import { t, tOf } from "../messages.ts";
import { href } from "../route.ts";
import { shown } from "../shown.ts";
import type { Waiting } from "../types.ts";
import { nameOf } from "../words.ts";

const shownAtFirst = 8;

export function WaitingList({ now }: { now: Now }): JSX.Element {
  const [all, setAll] = useState(false);
  const waiting = now.snapshot.waiting ?? [];
  const rest = waiting.length - shownAtFirst;
  return (
    <section class="waiting" aria-labelledby="waiting">
      <h2 id="waiting">{t("waiting")}</h2>
      {waiting.length === 0 ? (
        <p>{t("waiting.nobody")}</p>
      ) : (
        <ul>
          {(all ? waiting : waiting.slice(0, shownAtFirst)).map((each, index) => (
            <li key={`${each.service ?? ""}/${each.for}/${index}`}>
              <Item now={now} waiting={each} />
            </li>
          ))}
          {rest > 0 && (
            <li>
              <button type="button" class="plain" aria-expanded={all} onClick={() => setAll(!all)}>
                {all ? t("fewer") : t("more", { n: rest })}
              </button>
            </li>
          )}
        </ul>
      )}
    </section>
  );
}

/// Not where it names a command: this is its button.
const words = (text: string): string => (/\bkulla \w+/.test(text) ? "" : shown(text, 160));

/// Who has signed, and who still may.
function signatures(signed: readonly string[], may: readonly string[]): string {
  const names = (people: readonly string[]): string => people.map((each) => shown(each, 60)).join(", ");
  return [
    signed.length ? t("waiting.has_signed", { who: names(signed) }) : "",
    may.length ? t("waiting.may_sign", { who: names(may) }) : "",
  ]
    .filter(Boolean)
    .join("; ");
}

function Item({ now, waiting }: { now: Now; waiting: Waiting }): JSX.Element {
  const { service } = waiting;
  const what = tOf("wait", waiting.for);
  const isOfKeys = waiting.for === "second_approval" || waiting.for === "approvals";
  const said = isOfKeys
    ? signatures(service ? (now.services.get(service)?.approvals ?? []) : [], waiting.who ?? [])
    : words(waiting.text ?? "");
  const label = (
    <>
      {service && <b>{nameOf(now.services.get(service), service)}: </b>}
      {what}
      {said && <span class="quiet"> – {said}</span>}
    </>
  );
  if (!service) return <span class="needs">{label}</span>;
  if (isOfKeys) {
    return (
      <button type="button" class="needs" onClick={() => ask({ kind: "approve", service })}>
        {label}
      </button>
    );
  }
  return (
    <a class="needs" href={href("service", service)}>
      {label}
    </a>
  );
}
