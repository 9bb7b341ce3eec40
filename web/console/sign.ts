// A person's Ed25519 key in the page: read from a file, held by WebCrypto as a key that cannot be taken out again, never sent.
// docs/keys.md specifies the files; what is signed is in docs/control-protocol.md.
import { canonical } from "./canonical.ts";
import type { Json, Offer } from "./types.ts";

export class Signer {
  private constructor(
    readonly publicKey: string,
    private readonly key: CryptoKey,
  ) {}

  /// `seed`: 32 bytes; wiped.
  static async fromSeed(seed: Uint8Array): Promise<Signer> {
    const wrapped = new Uint8Array(pkcs8Prefix.length + seed.length);
    wrapped.set(pkcs8Prefix);
    wrapped.set(seed, pkcs8Prefix.length);
    try {
      // WebCrypto tells the public half of a private key only by exporting it: this first form of the key is dropped at once.
      const open = await crypto.subtle.importKey("pkcs8", wrapped, "Ed25519", true, ["sign"]);
      const { x } = await crypto.subtle.exportKey("jwk", open);
      const held = await crypto.subtle.importKey("pkcs8", wrapped, "Ed25519", false, ["sign"]);
      return new Signer(hexOfBase64Url(x ?? ""), held);
    } finally {
      wrapped.fill(0);
      seed.fill(0);
    }
  }

  /// Over the canonical JSON of `what`, in lower-case hexadecimal.
  async sign(what: Json): Promise<string> {
    const signature = await crypto.subtle.sign("Ed25519", this.key, new TextEncoder().encode(canonical(what)));
    return hex(new Uint8Array(signature));
  }
}

/// A text that is given to be signed is what was asked for, and nothing else: nobody signs an approval who wanted to resume a trial.
export function isAskedFor(
  text: { [key: string]: Json },
  wanted: { kulla: string; [key: string]: Json },
  members: readonly string[],
): boolean {
  const keys = Object.keys(text);
  return (
    Object.entries(wanted).every(([key, value]) => text[key] === value) &&
    keys.length === members.length &&
    members.every((member) => keys.includes(member))
  );
}

/// What an approval's `basis` must be, if it is over all that the offer shows: docs/control-protocol.md. Never what the offer says it is.
export async function basisOf(offer: Offer): Promise<string> {
  const { approval, closed, reports, proofs, first_evidence: evidence } = offer;
  const { service, closure, purpose } = approval;
  const basis: { [key: string]: unknown } = {
    kulla: "basis/2",
    service,
    closure,
    purpose,
    closed: closed.at,
    why: closed.why,
    reports,
    proofs,
  };
  if (evidence) basis["first_evidence"] = evidence;
  return hashOf(basis as Json);
}

/// SHA-256 of the canonical JSON, in lower-case hexadecimal.
export async function hashOf(what: Json): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical(what)));
  return hex(new Uint8Array(hash));
}

export type KeyProblem = "not_a_key" | "sealed" | "public_half" | "no_ed25519";
export class KeyError extends Error {
  constructor(readonly problem: KeyProblem) {
    super(problem);
  }
}

/// Reads what `kulla key new` wrote. A sealed key needs Argon2id, which WebCrypto has not: it is used with the CLI.
export async function readKeyFile(text: string): Promise<Signer> {
  const seed = seedOf(text);
  try {
    return await Signer.fromSeed(seed);
  } catch {
    throw new KeyError("no_ed25519");
  }
}

function seedOf(text: string): Uint8Array {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    throw new KeyError("not_a_key");
  }
  const { kulla, seed } = (file ?? {}) as { kulla?: unknown; seed?: unknown };
  if (kulla === "ed25519-sealed") throw new KeyError("sealed");
  if (kulla === "ed25519-public") throw new KeyError("public_half");
  if (kulla !== "ed25519-secret" || typeof seed !== "string" || !/^[0-9a-f]{64}$/.test(seed)) throw new KeyError("not_a_key");
  return Uint8Array.from(seed.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

// RFC 8410: a PKCS #8 PrivateKeyInfo of Ed25519 is these bytes, then the seed.
const pkcs8Prefix = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function hexOfBase64Url(text: string): string {
  return hex(Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0)));
}
