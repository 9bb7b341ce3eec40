// Small parts that every page uses: the mark of a state, a time, a text from elsewhere, a link to a fact or a service.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t, tOf } from "../messages.ts";
import { href } from "../route.ts";
import { shown } from "../shown.ts";
import { absolute, relative } from "../time.ts";
import type { State } from "../types.ts";

export const marks: Record<State, string> = { open: "●", guarded: "◐", closed: "■", verifying: "◇", verified: "◆", trial: "◔" };

export function Mark({ state }: { state: State }): JSX.Element {
  return (
    <span class={`mark ${state}`} aria-hidden="true">
      {marks[state] ?? "○"}
    </span>
  );
}

export function StateName({ state }: { state: State }): JSX.Element {
  return (
    <span class="state">
      <Mark state={state} /> {tOf("state", state)}
    </span>
  );
}

const tickers = new Set<() => void>();
setInterval(() => tickers.forEach((tick) => tick()), 1000);

/// How long ago, kept true.
export function Ago({ at }: { at: string }): JSX.Element {
  const [text, setText] = useState(() => relative(at));
  useEffect(() => {
    const tick = (): void => setText(relative(at));
    tick();
    tickers.add(tick);
    return () => void tickers.delete(tick);
  }, [at]);
  return <span class="ago">{text}</span>;
}

/// Absolute with its zone, and how long ago beside it.
export function Time({ at, exact = false, ago = true }: { at: string; exact?: boolean; ago?: boolean }): JSX.Element {
  return (
    <span class="time">
      <time dateTime={at} title={at}>
        {absolute(at, exact)}
      </time>
      {ago && (
        <>
          {" "}
          <Ago at={at} />
        </>
      )}
    </span>
  );
}

/// What somebody else wrote. Its direction cannot turn the text around it.
export function Foreign({ text, most }: { text: string; most?: number }): JSX.Element {
  return <bdi class="foreign">{shown(text, most)}</bdi>;
}

export function FactLink({ number, children }: { number: number; children?: ComponentChildren }): JSX.Element {
  return (
    <a class="fact-link num" href={href("fact", number)} title={t("fact.open", { n: number })}>
      {children ?? `#${number}`}
    </a>
  );
}

export function ServiceLink({ id, children }: { id: string; children?: ComponentChildren }): JSX.Element {
  return <a href={href("service", id)}>{children ?? <Foreign text={id} most={80} />}</a>;
}

export function Empty({ children }: { children: ComponentChildren }): JSX.Element {
  return <p class="empty">{children}</p>;
}

interface SectionProps {
  title: string;
  aside?: ComponentChildren;
  children: ComponentChildren;
  id: string;
}
export function Section({ title, aside, children, id }: SectionProps): JSX.Element {
  return (
    <section class={`section of-${id}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

/// What could not be had, with how to try again.
export function Problem({ error, again }: { error: Error; again?: () => void }): JSX.Element {
  return (
    <p class="problem" role="alert">
      {problemText(error)}{" "}
      {again && (
        <button type="button" onClick={again}>
          {t("again")}
        </button>
      )}
    </p>
  );
}

export function problemText(error: Error): string {
  const { code, status } = error as { code?: string; status?: number };
  const said = error.message ? ` ${shown(error.message, 500)}` : "";
  return status === 0 ? t("error.no_answer") : `${tOf("error", code ?? "unknown")}.${said}`;
}
