// The press officer's part: the texts in every language, edited together and released as one version.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ActionDialog } from "../actions/form.tsx";
import { post } from "../api.ts";
import { languages, t, tOf } from "../messages.ts";
import type { Lang, StatementAnswer } from "../types.ts";
import { Section } from "./basics.tsx";

const textLimit = 5000;
type Texts = Record<Lang, string>;
/// What is released, as it was when the person was asked whether to.
type Version = { version: string; at: string; texts: Texts; sentences: string[] };
type Begun = { version: string; at: string; texts: Texts };
const begunFor = 9 * 60_000; // ms: after ten minutes the daemon takes the text no more

export function Release({ statements, onReleased }: { statements: Record<Lang, StatementAnswer>; onReleased: () => void }): JSX.Element {
  const proposed: Texts = { sq: joined(statements.sq), en: joined(statements.en) };
  const [begun, setBegun] = useState<Begun | null>(null);
  const [sure, setSure] = useState<Version | null>(null);
  const { version } = statements.sq;
  const at = statements.sq.at < statements.en.at ? statements.sq.at : statements.en.at;
  const apart = languages.some((lang) => statements[lang].version !== version);
  const texts = begun?.texts ?? proposed;
  const outdated = begun !== null && (begun.version !== version || Date.parse(at) - Date.parse(begun.at) > begunFor);
  const edit = (lang: Lang, text: string): void =>
    setBegun({ version: begun?.version ?? version, at: begun?.at ?? at, texts: { ...texts, [lang]: text } });
  return (
    <Section id="release" title={t("release")}>
      <div class="form">
        {languages.map((lang) => (
          <label key={lang}>
            {tOf("lang", lang)}
            <textarea
              rows={7}
              lang={lang}
              maxLength={textLimit}
              value={texts[lang]}
              onInput={(event) => edit(lang, event.currentTarget.value)}
            />
          </label>
        ))}
        {outdated && (
          <p class="problem" role="alert">
            {t("release.outdated")}
          </p>
        )}
        <div class="buttons">
          <button
            type="button"
            class="needs"
            disabled={outdated || apart || languages.some((lang) => texts[lang].trim() === "")}
            onClick={() =>
              setSure({
                version: begun?.version ?? version,
                at: begun?.at ?? at,
                texts,
                sentences: statements.sq.sentences.map((each) => each.id),
              })
            }
          >
            {t("release.verb")}
          </button>
          {begun && (
            <button type="button" class="plain" onClick={() => setBegun(null)}>
              {t("release.again")}
            </button>
          )}
        </div>
      </div>
      {sure && (
        <ActionDialog
          title={t("release.title")}
          verb={t("release.verb")}
          done={t("release.done")}
          reason={false}
          wide
          onClose={() => setSure(null)}
          act={async () => {
            await post("/statement", sure);
            setBegun(null);
            onReleased();
          }}
        >
          <p>{t("release.what")}</p>
          {languages.map((lang) => (
            <blockquote key={lang} lang={lang}>
              <b>{tOf("lang", lang)}</b> {sure.texts[lang]}
            </blockquote>
          ))}
        </ActionDialog>
      )}
    </Section>
  );
}

const joined = (statement: StatementAnswer): string => statement.sentences.map((each) => each.text).join("\n");
