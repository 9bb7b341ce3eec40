// What is always in sight: the mode, the incident, the ledger, the vantages, whether what is shown is still true, and who is signed in.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../actions/asked.ts";
import { address, signOut } from "../api.ts";
import { leave } from "../session.ts";
import { language, languages, number, setLanguage, t, tOf } from "../messages.ts";
import { href, type Page } from "../route.ts";
import { change, useNow, useStore } from "../store.ts";
import { setTheme, type Theme, theme } from "../theme.ts";
import { serverNow } from "../time.ts";
import type { Lang, Role, Snapshot } from "../types.ts";
import { Ago, FactLink, Time } from "./basics.tsx";

const links: readonly { page: Page; role?: Role }[] = [
  { page: "now" },
  { page: "timeline" },
  { page: "backups" },
  { page: "approvers" },
  { page: "statement" },
  { page: "reveal", role: "auditor" },
];

export function Header({ page, onSearch }: { page: Page; onSearch: () => void }): JSX.Element {
  const roles = useStore((each) => each.session?.roles) ?? [];
  return (
    <header class="top">
      <Bar />
      <LinkState />
      <nav aria-label={t("nav")}>
        <ul>
          {links
            .filter((link) => !link.role || roles.includes(link.role))
            .map((link) => (
              <li key={link.page}>
                <a href={href(link.page)} {...(link.page === page ? { "aria-current": "page" as const } : {})}>
                  {t(`page.${link.page}`)}
                </a>
              </li>
            ))}
          <li>
            <a href={address("/incident/report")} target="_blank" rel="noopener">
              {t("page.report")}
            </a>
          </li>
          <li>
            <button type="button" class="find" onClick={onSearch}>
              {t("palette.open")} <kbd>{navigator.platform.startsWith("Mac") ? "⌘K" : "Ctrl K"}</kbd>
            </button>
          </li>
        </ul>
        <Person />
      </nav>
    </header>
  );
}

function Bar(): JSX.Element {
  const snapshot = useNow()?.snapshot;
  return (
    <div class="bar">
      <a class="brand" href={href("now")}>
        kulla
      </a>
      {snapshot && (
        <>
          <ModeButton snapshot={snapshot} />
          <span class="incident">
            {snapshot.incident ? (
              <>
                {t("incident.named", { id: snapshot.incident.id })} · <Time at={snapshot.incident.since} />
              </>
            ) : (
              t("incident.none")
            )}
          </span>
          <LedgerState snapshot={snapshot} />
          <Vantages snapshot={snapshot} />
        </>
      )}
    </div>
  );
}

function ModeButton({ snapshot }: { snapshot: Snapshot }): JSX.Element {
  const roles = useStore((each) => each.session?.roles) ?? [];
  const { mode } = snapshot;
  const other = mode === "act" ? "advise" : "act";
  const may = roles.includes(mode === "act" ? "approver" : "operator");
  const label = <b>{t("mode.shown", { mode: tOf("mode.short", mode) })}</b>;
  if (!may) return <span class={`mode ${mode}`}>{label}</span>;
  return (
    <button type="button" class={`mode ${mode}`} title={t(`mode.to_${other}`)} onClick={() => ask({ kind: "mode", mode: other })}>
      {label}
    </button>
  );
}

const worthSaying = 100; // facts: fewer are written within the second

function LedgerState({ snapshot }: { snapshot: Snapshot }): JSX.Element {
  const { ledger, gate } = snapshot;
  const behind = ledger.facts - (ledger.durable ?? ledger.facts);
  return (
    <span class="ledger">
      {t("ledger.word")} <FactLink number={ledger.durable ?? ledger.facts}>{number(ledger.facts)}</FactLink>{" "}
      {ledger.problem ? (
        <strong class="bad">{t("ledger.problem", { problem: ledger.problem })}</strong>
      ) : behind >= worthSaying ? (
        t("ledger.behind", { n: behind })
      ) : (
        t("ledger.durable")
      )}
      {gate.problem && <strong class="bad"> {t("gate.problem", { problem: gate.problem })}</strong>}
    </span>
  );
}

const silentAfter = 120_000; // vantages report each few seconds; two minutes of silence is no delay

function Vantages({ snapshot }: { snapshot: Snapshot }): JSX.Element | null {
  const vantages = snapshot.vantages ?? [];
  if (vantages.length === 0) return null;
  const heard = vantages.filter((each) => each.trusted && each.heard && serverNow() - Date.parse(each.heard) < silentAfter).length;
  const names = vantages.filter((each) => !each.trusted || !each.heard).map((each) => each.id);
  return (
    <span class={heard < vantages.length ? "vantages bad" : "vantages"} title={names.join(", ")}>
      {t("vantages", { heard, all: vantages.length })}
    </span>
  );
}

function LinkState(): JSX.Element {
  const link = useStore((each) => each.link);
  const heard = useStore((each) => each.heard);
  const since = heard ? new Date(heard).toISOString() : "";
  return (
    <div role="status" class="link-state">
      {(link === "stale" || link === "lost") && (
        <p class="stale-mark">
          <strong>{t(`link.${link}`)}</strong> {since && t("link.as_of")} {since && <Time at={since} ago={false} />}{" "}
          {since && <Ago at={since} />}
        </p>
      )}
    </div>
  );
}

function Person(): JSX.Element {
  const session = useStore((each) => each.session);
  const close = (event: Event): void => {
    const menu = event.currentTarget as HTMLDetailsElement;
    const to = event instanceof FocusEvent ? event.relatedTarget : null;
    if (event instanceof KeyboardEvent ? event.key === "Escape" : to instanceof Node && !menu.contains(to)) menu.open = false;
  };
  return (
    <details class="person" onKeyDown={close} onFocusOut={close}>
      <summary>{session?.person}</summary>
      <div class="menu">
        <p>{(session?.roles ?? []).map((role) => tOf("role", role)).join(", ")}</p>
        <LanguageSwitch />
        <ThemeSwitch />
        <button
          type="button"
          onClick={() => {
            signOut().then(leave, leave);
          }}
        >
          {t("sign_out")}
        </button>
      </div>
    </details>
  );
}

export function LanguageSwitch(): JSX.Element {
  const choose = (lang: Lang): void => {
    setLanguage(lang);
    change({ language: lang });
  };
  return (
    <fieldset class="switch">
      <legend>{t("language")}</legend>
      {languages.map((lang) => (
        <button key={lang} type="button" lang={lang} aria-pressed={language() === lang} onClick={() => choose(lang)}>
          {languageNames[lang]}
        </button>
      ))}
    </fieldset>
  );
}
const languageNames: Record<Lang, string> = { sq: "Shqip", en: "English" }; // each in itself: it must be found by who reads no other

function ThemeSwitch(): JSX.Element {
  const [present, setPresent] = useState(theme());
  const choose = (chosen: Theme): void => {
    setTheme(chosen);
    setPresent(chosen);
  };
  return (
    <fieldset class="switch">
      <legend>{t("theme")}</legend>
      {(["auto", "light", "dark"] as const).map((each) => (
        <button key={each} type="button" aria-pressed={present === each} onClick={() => choose(each)}>
          {t(`theme.${each}`)}
        </button>
      ))}
    </fieldset>
  );
}
