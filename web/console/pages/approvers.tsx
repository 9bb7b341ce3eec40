// Who may approve. Others are named by two of them, each with the own key, while nothing is closed; the CLI makes and signs that text.
import type { JSX } from "preact";
import { t } from "../messages.ts";
import { useAsked } from "../parts/ask.ts";
import { Empty, Problem, ServiceLink, Time } from "../parts/basics.tsx";
import { shown } from "../shown.ts";

interface Approver {
  person: string;
  key: string;
  services?: string[];
  until?: string;
}
interface Answer {
  approvers: Approver[];
  recovery: { keys: string[]; needed: number } | null;
}

export function ApproversPage(): JSX.Element {
  const answer = useAsked<Answer>("/approvers");
  return (
    <div class="reading">
      <h1>{t("page.approvers")}</h1>
      <p>{t("approvers.what")}</p>
      {answer.error && <Problem error={answer.error} again={answer.again} />}
      {!answer.data && !answer.error && <Empty>{t("loading")}</Empty>}
      {answer.data && <Table approvers={answer.data.approvers} />}
      {answer.data?.recovery && (
        <p>{t("approvers.recovery", { needed: answer.data.recovery.needed, n: answer.data.recovery.keys.length })}</p>
      )}
      <h2>{t("approvers.others")}</h2>
      <p>{t("approvers.how")}</p>
      <pre tabIndex={0}>
        <code>{commands}</code>
      </pre>
    </div>
  );
}

const commands = `kulla approvers --add dora=dora.key.pub --remove carl --offer next
kulla approvers --sign next --person anna --key anna.key
kulla approvers --sign next --person bert --key bert.key
kulla approvers --submit next.anna next.bert`;

function Table({ approvers }: { approvers: readonly Approver[] }): JSX.Element {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={t("page.approvers")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("approvers.person")}</th>
            <th scope="col">{t("approvers.services")}</th>
            <th scope="col">{t("approvers.until")}</th>
            <th scope="col">{t("approvers.key")}</th>
          </tr>
        </thead>
        <tbody>
          {approvers.map((each) => (
            <tr key={each.person}>
              <th scope="row">{shown(each.person, 60)}</th>
              <td>
                {each.services
                  ? each.services.map((service, index) => (
                      <span key={service}>
                        {index > 0 && ", "}
                        <ServiceLink id={service} />
                      </span>
                    ))
                  : t("approvers.all")}
              </td>
              <td>{each.until ? <Time at={each.until} /> : t("approvers.no_end")}</td>
              <td class="hash">{each.key}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
