// The address behind a pseudonym, for an auditor. The asking and its reason are facts; the answer stays on this page only.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { post } from "../api.ts";
import { t } from "../messages.ts";
import { useAsked } from "../parts/ask.ts";
import { Empty, problemText } from "../parts/basics.tsx";
import { FactList } from "../parts/fact_list.tsx";
import { reasonLimit } from "../actions/form.tsx";
import { shown } from "../shown.ts";
import { useStore } from "../store.ts";
import type { FactLine } from "../types.ts";

export function RevealPage({ what }: { what: string }): JSX.Element {
  const auditor = useStore((each) => each.session?.roles.includes("auditor")) ?? false;
  const [answers, setAnswers] = useState<Revealed[]>([]);
  const asked = useAsked<{ facts: FactLine[] }>("/facts?kind=evidence_asked&limit=100", answers.length);
  return (
    <div class="reading">
      <h1>{t("page.reveal")}</h1>
      <p>{t("reveal.what")}</p>
      {auditor ? <Form source={what} onAnswer={(answer) => setAnswers([answer, ...answers])} /> : <Empty>{t("reveal.not_you")}</Empty>}
      <div role="status">
        {answers.map((answer) => (
          <div key={answer.asked} class="answer">
            <code>{shown(answer.asked, 80)}</code>
            {answer.address && <b class="num"> = {shown(answer.address, 80)}</b>}
            {answer.text && (
              <pre tabIndex={0}>
                <bdi>
                  {answer.text
                    .split("\n")
                    .map((line) => shown(line))
                    .join("\n")}
                </bdi>
              </pre>
            )}
          </div>
        ))}
      </div>
      <h2>{t("reveal.before")}</h2>
      {asked.data?.facts.length ? <FactList lines={[...asked.data.facts].reverse()} /> : <Empty>{t("reveal.nobody")}</Empty>}
    </div>
  );
}

interface Revealed {
  asked: string;
  /// Behind a pseudonym.
  address?: string;
  /// Of stored evidence.
  text?: string;
}
const evidenceHash = /^[0-9a-f]{64}$/;

function Form({ source, onAnswer }: { source: string; onAnswer: (answer: Revealed) => void }): JSX.Element {
  const [problem, setProblem] = useState("");
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const wanted = String(form.get("source")).trim();
    try {
      const what = evidenceHash.test(wanted) ? "evidence" : "source";
      const answer = await post<Omit<Revealed, "asked">>("/reveal", { [what]: wanted, reason: String(form.get("reason")).trim() });
      setProblem("");
      onAnswer({ ...answer, asked: wanted });
    } catch (error) {
      setProblem(problemText(error as Error));
    }
  };
  return (
    <form class="form" onSubmit={(event) => void submit(event)}>
      <label>
        {t("reveal.source")}
        <input name="source" required maxLength={64} defaultValue={shown(source, 64)} spellcheck={false} autocomplete="off" />
      </label>
      <label>
        {t("reason")}
        <textarea name="reason" required maxLength={reasonLimit} rows={2} />
      </label>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <div class="buttons">
        <button type="submit">{t("reveal.ask")}</button>
      </div>
    </form>
  );
}
