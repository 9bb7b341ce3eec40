// Signing in the page: the text in clear, every field of it; then the person's key; then their word. Or the same on another machine,
// with the CLI: the offer is downloaded, signed there, and the signed file brought back.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { t } from "../messages.ts";
import { short, shown } from "../shown.ts";
import { KeyError, readKeyFile, type Signer } from "../sign.ts";
import type { Json } from "../types.ts";

const fileLimit = 1 << 20;

/// The key a person loaded stays for this page and its dialogs: in memory only, until the tab is closed or reloaded.
let held: Signer | null = null;

export function useSigner(): [Signer | null, (signer: Signer | null) => void] {
  const [signer, setSigner] = useState(held);
  return [
    signer,
    (next) => {
      held = next;
      setSigner(next);
    },
  ];
}

export function KeyPicker({
  signer,
  onSigner,
  wanted,
}: {
  signer: Signer | null;
  onSigner: (signer: Signer | null) => void;
  wanted?: string;
}): JSX.Element {
  const [problem, setProblem] = useState("");
  const load = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    try {
      onSigner(await readKeyFile(file.size > fileLimit ? "" : await file.text()));
      setProblem("");
    } catch (error) {
      onSigner(null);
      setProblem(t(`key.${error instanceof KeyError ? error.problem : "not_a_key"}`));
    }
  };
  if (signer) {
    const strange = wanted !== undefined && wanted !== signer.publicKey;
    return (
      <p class={strange ? "problem" : "key-held"}>
        {t("key.held", { key: short(signer.publicKey, 16) })} {strange && t("key.strange")}{" "}
        <button type="button" class="plain" onClick={() => onSigner(null)}>
          {t("key.forget")}
        </button>
      </p>
    );
  }
  return (
    <div>
      <label>
        {t("key.file")}
        <input type="file" accept=".key,application/json" onChange={(event) => void load(event.currentTarget.files?.[0])} />
      </label>
      <p class="quiet">{t("key.stays")}</p>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

/// Every field in a line of its own: whoever signs sees all that is signed.
export function SignedText({ text }: { text: { [key: string]: Json } }): JSX.Element {
  return (
    <div class="signed-text">
      <p>{t("sign.text")}</p>
      <dl>
        {Object.entries(text).map(([key, value]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{typeof value === "string" ? shown(value, 4000) : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

interface ElsewhereProps {
  /// The document as the CLI's --offer would have written it.
  offer: Json;
  file: string;
  sign: string;
  onSigned: (document: { [key: string]: Json }) => void;
}
export function Elsewhere({ offer, file, sign, onSigned }: ElsewhereProps): JSX.Element {
  const [problem, setProblem] = useState("");
  const bring = async (chosen: File | undefined): Promise<void> => {
    if (!chosen) return;
    try {
      const document: unknown = JSON.parse(chosen.size > fileLimit ? "" : await chosen.text());
      if (typeof document !== "object" || document === null || Array.isArray(document)) throw new TypeError();
      setProblem("");
      onSigned(document as { [key: string]: Json });
    } catch {
      setProblem(t("elsewhere.not_signed"));
    }
  };
  return (
    <details class="elsewhere">
      <summary>{t("elsewhere")}</summary>
      <ol>
        <li>
          <button type="button" onClick={() => download(file, `${JSON.stringify(offer)}\n`)}>
            {t("elsewhere.download", { file })}
          </button>
        </li>
        <li>
          {t("elsewhere.sign")} <code>{sign}</code>
        </li>
        <li>
          <label>
            {t("elsewhere.bring")}
            <input type="file" onChange={(event) => void bring(event.currentTarget.files?.[0])} />
          </label>
          {problem && (
            <p class="problem" role="alert">
              {problem}
            </p>
          )}
        </li>
      </ol>
    </details>
  );
}

export function download(name: string, text: string, type = "application/json"): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name.replace(/[^\w.-]/g, "_");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
