// What may be said now: sentences that are true, what cannot be said and why, and the release of one version in every language.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { language, languages, t, tOf } from "../messages.ts";
import { useAsked } from "../parts/ask.ts";
import { Empty, FactLink, Problem, Section, Time } from "../parts/basics.tsx";
import { shown } from "../shown.ts";
import { useStore } from "../store.ts";
import { absolute } from "../time.ts";
import type { Lang, NextUpdate, StatementAnswer } from "../types.ts";
import { Release } from "../parts/release.tsx";

const every = 5000; // a sentence whose facts fail is withdrawn: the page must not go on showing it

export function StatementPage(): JSX.Element {
  const [times, setTimes] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTimes((before) => before + 1), every);
    return () => clearInterval(timer);
  }, []);
  const press = useStore((each) => each.session?.roles.includes("press")) ?? false;
  const answers: Record<Lang, ReturnType<typeof useAsked<StatementAnswer>>> = {
    sq: useAsked<StatementAnswer>("/statement?lang=sq", times),
    en: useAsked<StatementAnswer>("/statement?lang=en", times),
  };
  const present = answers[language()];
  if (!present.data) return present.error ? <Problem error={present.error} again={present.again} /> : <Empty>{t("loading")}</Empty>;
  return (
    <div class="statement">
      <h1>{t("page.statement")}</h1>
      {present.error && <Problem error={present.error} again={present.again} />}
      <div class="statement-columns">
        <Sayable statement={present.data} />
        <div>
          <Released statement={present.data} />
          {press && answers.sq.data && answers.en.data && (
            <Release statements={{ sq: answers.sq.data, en: answers.en.data }} onReleased={present.again} />
          )}
          {!press && <p class="quiet">{t("statement.not_you")}</p>}
        </div>
      </div>
    </div>
  );
}

function Sayable({ statement }: { statement: StatementAnswer }): JSX.Element {
  return (
    <div>
      <Section id="sayable" title={t("statement.true")} aside={<Time at={statement.at} />}>
        {statement.sentences.length === 0 && <Empty>{t("statement.nothing")}</Empty>}
        <ul class="sentences">
          {statement.sentences.map((sentence) => (
            <li key={sentence.id}>
              <bdi lang={statement.lang}>{shown(sentence.text, 1000)}</bdi>{" "}
              <span class="quiet">
                {t("statement.because")}{" "}
                {sentence.facts.slice(0, 6).map((number, index) => (
                  <span key={number}>
                    {index > 0 && ", "}
                    <FactLink number={number} />
                  </span>
                ))}
                {sentence.facts.length > 6 && ` ${t("summary.more", { n: sentence.facts.length - 6 })}`}
              </span>
            </li>
          ))}
        </ul>
      </Section>
      {statement.withdrawn && statement.withdrawn.length > 0 && (
        <Section id="withdrawn" title={t("statement.withdrawn")}>
          <ul class="sentences">
            {statement.withdrawn.map((sentence) => (
              <li key={sentence.id}>
                <del lang={statement.lang}>{shown(sentence.text, 1000)}</del>{" "}
                {typeof sentence.since === "number" && <FactLink number={sentence.since} />}
              </li>
            ))}
          </ul>
        </Section>
      )}
      {statement.cannot && statement.cannot.length > 0 && (
        <Section id="cannot" title={t("statement.cannot")}>
          <ul class="sentences">
            {byText(statement.cannot).map(([text, missing]) => (
              <li key={text}>
                <bdi lang={statement.lang}>{shown(text, 1000)}</bdi> <Missing missing={missing} />
              </li>
            ))}
          </ul>
        </Section>
      )}
    </div>
  );
}

const saidAtOnce = 3;

/// What is missing; where that is much, behind a click.
function Missing({ missing }: { missing: readonly string[] }): JSX.Element {
  const lines = missing.map((what, index) => (
    <span key={index} class="block quiet">
      {t("statement.missing", { what: shown(what, 300) })}
    </span>
  ));
  if (lines.length <= saidAtOnce) return <>{lines}</>;
  return (
    <>
      {lines.slice(0, saidAtOnce)}
      <details>
        <summary>{t("more", { n: lines.length - saidAtOnce })}</summary>
        {lines.slice(saidAtOnce)}
      </details>
    </>
  );
}

function byText(cannot: NonNullable<StatementAnswer["cannot"]>): [string, string[]][] {
  const found = new Map<string, string[]>();
  for (const { text, missing } of cannot) found.set(text, [...(found.get(text) ?? []), missing]);
  return [...found];
}

function Promised({ update }: { update: NextUpdate }): JSX.Element {
  const time = absolute(update.by);
  if (!update.overdue) return <p class="quiet">{t("statement.promised", { time })}</p>;
  return (
    <p class="problem" role="alert">
      {t("statement.overdue", { time })}
    </p>
  );
}

function Released({ statement }: { statement: StatementAnswer }): JSX.Element {
  const { released } = statement;
  return (
    <Section id="released" title={t("statement.released")}>
      {!released ? (
        <Empty>{t("statement.none_released")}</Empty>
      ) : (
        <>
          <p>
            <FactLink number={released.number} /> <Time at={released.at} /> {t("statement.by", { person: shown(released.by, 60) })}
          </p>
          {released.next_update && <Promised update={released.next_update} />}
          {languages.map((lang) =>
            released.texts[lang] ? (
              <blockquote key={lang} lang={lang}>
                <b>{tOf("lang", lang)}</b> {shown(released.texts[lang] ?? "", 5000)}
              </blockquote>
            ) : null,
          )}
        </>
      )}
    </Section>
  );
}
