import { UsageError } from "../../errors.ts";
import { parseAttributes } from "../../csv.ts";
import type { RawVariant } from "../schema/variant-schema.ts";
import { parseGoBool } from "../../dockerfile/check/go-values.ts";

/** One attestation that a file requests, in the words of buildx's `--attest`. */
export interface Attestation {
  readonly type: string;
  readonly disabled: boolean;
  /** Attributes besides the type, such as `mode` and `generator`. */
  readonly attributes: Readonly<Record<string, string>>;
}

interface Attested {
  readonly raw: Pick<RawVariant, "sbom" | "provenance">;
  /** Attestations that a variant's keys cannot express, such as `attest type=provenance,builder-id=…`. */
  readonly lost: readonly string[];
}

/**
 * The attestations as keys of a variant. Of several with one type, the last counts, as in bake
 * (buildx, `removeAttestDupes`). Throws a usage error for a mode that BuildKit does not know.
 */
export function attestationKeys(attestations: readonly Attestation[]): Attested {
  const last = new Map(attestations.map((one) => [one.type, one]));
  const raw: Attested["raw"] = {};
  const sbom = last.get("sbom");
  const provenance = last.get("provenance");
  if (sbom !== undefined) raw.sbom = sbomOf(sbom);
  if (provenance !== undefined) raw.provenance = provenanceOf(provenance);
  return { raw, lost: [...last.values()].flatMap(lostOf) };
}

/** The text form of an attestation: `type=provenance,mode=max`. */
export function parseAttestation(text: string): Attestation {
  const {
    type = "",
    disabled = "false",
    ...attributes
  } = Object.fromEntries(parseAttributes(text));
  if ("" in attributes) throw new UsageError(`"${text}" has a field without a value`);
  return { type, disabled: parseGoBool(disabled) ?? false, attributes };
}

/** The value of `--sbom` and `--provenance`: a boolean, or attributes. */
export function parseAttestationFlag(type: string, text: string): Attestation {
  const asked = parseGoBool(text);
  if (asked !== undefined) return { type, disabled: !asked, attributes: {} };
  return parseAttestation(`type=${type},${text}`);
}

function sbomOf({ disabled, attributes }: Attestation): RawVariant["sbom"] {
  const generator = attributes["generator"];
  if (disabled) return "false";
  return generator === undefined ? "true" : { generator };
}

/**
 * BuildKit uses `max` if no mode is given, and accepts `full` for `max` (`NewProvenanceCreator`).
 */
function provenanceOf({ disabled, attributes }: Attestation): RawVariant["provenance"] {
  if (disabled) return "false";
  const mode = attributes["mode"] ?? "max";
  if (mode === "min") return "min";
  if (mode === "max" || mode === "full") return "max";
  throw new UsageError(`the provenance mode must be min or max, not "${mode}"`);
}

function lostOf({ type, disabled, attributes }: Attestation): readonly string[] {
  const name = `attest type=${type}`;
  if (type !== "sbom" && type !== "provenance") return [name];
  if (disabled) return [];
  return Object.entries(attributes)
    .filter(([key]) => key !== (type === "sbom" ? "generator" : "mode"))
    .map(([key, value]) => `${name},${key}=${value}`);
}
