// Letting a held trial go on: one approver signs it.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { post } from "../api.ts";
import { t } from "../messages.ts";
import { Problem } from "../parts/basics.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { useNow, useStore } from "../store.ts";
import { isAskedFor } from "../sign.ts";
import type { Json } from "../types.ts";
import { nameOf } from "../words.ts";
import { ActionDialog } from "./form.tsx";
import { Elsewhere, KeyPicker, SignedText, useSigner } from "./signing.tsx";

const members = ["kulla", "service", "closure", "held_by", "held", "person", "expires"];
type Text = { [key: string]: Json };

export function ResumeDialog({ service, onClose }: { service: string; onClose: () => void }): JSX.Element {
  const [text, setText] = useState<Text | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const title = t("resume.title", { service: nameOf(useNow()?.services.get(service), service) });
  useEffect(() => {
    post<{ text: Text }>("/to-sign", { about: "resume", service }).then((answer) => setText(answer.text), setError);
  }, [service]);
  if (text && isAskedFor(text, { kulla: "resume/2", service }, members))
    return <Signing title={title} service={service} text={text} onClose={onClose} />;
  return (
    <Dialog title={title} onClose={onClose}>
      {error ? <Problem error={error} /> : <p>{text ? t("sign.other_text") : t("loading")}</p>}
    </Dialog>
  );
}

function Signing({ title, service, text, onClose }: { title: string; service: string; text: Text; onClose: () => void }): JSX.Element {
  const person = useStore((each) => each.session?.person) ?? "";
  const [signer, setSigner] = useSigner();
  const [brought, setBrought] = useState<{ text: Text; signatures: Json } | null>(null);
  const mine = { ...text, person };
  const submit = async (): Promise<unknown> => {
    if (brought) return post("/signed", brought);
    if (!signer) return undefined;
    return post("/signed", { text: mine, signatures: [{ key: signer.publicKey, signature: await signer.sign(mine) }] });
  };
  return (
    <ActionDialog
      title={title}
      verb={brought ? t("approve.hand_in") : t("resume.verb")}
      done={t("resume.done")}
      reason={false}
      wide
      ready={brought !== null || signer !== null}
      onClose={onClose}
      act={submit}
    >
      <p>{t("resume.what")}</p>
      <SignedText text={brought?.text ?? mine} />
      {!brought && <KeyPicker signer={signer} onSigner={setSigner} />}
      <Elsewhere
        offer={{ text }}
        file={`${service}.resume`}
        sign={`kulla resume ${service} --sign ${service}.resume --person ${person} --key ${person}.key`}
        onSigned={(document) => {
          const { text: signed, signatures } = document;
          if (!signed || typeof signed !== "object" || Array.isArray(signed) || !Array.isArray(signatures)) throw new TypeError();
          setBrought({ text: signed, signatures });
        }}
      />
    </ActionDialog>
  );
}
