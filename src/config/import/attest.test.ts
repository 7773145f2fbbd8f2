import { describe, expect, it } from "vitest";
import { attestationKeys, parseAttestation, parseAttestationFlag } from "./attest.ts";

describe("attestations", () => {
  const cases: readonly [string, ReturnType<typeof attestationKeys>][] = [
    ["type=provenance,mode=min", { raw: { provenance: "min" }, lost: [] }],
    ["type=provenance,mode=full", { raw: { provenance: "max" }, lost: [] }],
    // Same as on the engine (test/integration/bake-import.test.ts).
    ["type=provenance", { raw: { provenance: "max" }, lost: [] }],
    ["type=provenance,disabled=1", { raw: { provenance: "false" }, lost: [] }],
    ["type=sbom,disabled=true,generator=a", { raw: { sbom: "false" }, lost: [] }],
    [
      'TYPE=sbom,generator=a,"x=b,c"',
      { raw: { sbom: { generator: "a" } }, lost: ["attest type=sbom,x=b,c"] },
    ],
    ["type=custom", { raw: {}, lost: ["attest type=custom"] }],
  ];
  it.each(cases)("become keys of a variant: %s", (text, expected) => {
    expect(attestationKeys([parseAttestation(text)])).toEqual(expected);
  });

  it("of one type count once: the last", () => {
    const texts = [
      "type=provenance,mode=min,builder-id=a",
      "type=sbom",
      "type=provenance,mode=max",
    ];
    expect(attestationKeys(texts.map(parseAttestation))).toEqual({
      raw: { provenance: "max", sbom: "true" },
      lost: [],
    });
  });

  it("may be a boolean in a Compose file", () => {
    const flags = [parseAttestationFlag("sbom", "T"), parseAttestationFlag("provenance", "false")];
    expect(attestationKeys(flags)).toEqual({
      raw: { sbom: "true", provenance: "false" },
      lost: [],
    });
    expect(parseAttestationFlag("provenance", "mode=min,builder-id=x")).toEqual({
      type: "provenance",
      disabled: false,
      attributes: { mode: "min", "builder-id": "x" },
    });
    expect(() => parseAttestationFlag("sbom", "maybe")).toThrow(
      '"type=sbom,maybe" has a field without a value',
    );
  });
});
