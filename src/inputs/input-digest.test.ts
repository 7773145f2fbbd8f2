import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDockerfile } from "../dockerfile/parse/parse.ts";
import { readStages } from "../dockerfile/stages/stages.ts";
import { digestOf } from "../oci/digest.ts";
import { parsePlatform } from "../oci/platform.ts";
import { type DigestInputs, inputDigest } from "./input-digest.ts";

const dockerfile = [
  "# syntax=docker/dockerfile:1",
  "ARG BASE=alpine:3",
  "FROM busybox AS unneeded",
  "RUN echo unneeded",
  "FROM ${BASE} AS build",
  "ARG VERSION",
  "ARG APT_REFRESH",
  "COPY . .",
  "ADD https://example.com/a.tgz /",
  "FROM scratch",
  "COPY --from=build / /",
  "COPY --from=assets / /",
].join("\n");

interface Given extends Omit<DigestInputs, "stages"> {
  readonly text: string;
}

const given: Given = {
  text: dockerfile,
  context: { digest: digestOf("context"), entries: { src: "1a2b" }, sources: ["3c4d"] },
  contexts: { assets: { digest: digestOf("assets") } },
  target: undefined,
  platform: parsePlatform("linux/arm64"),
  args: { VERSION: "1", BASE: "alpine:3" },
  labels: { "org.opencontainers.image.title": "app", team: "core" },
  pins: [
    { kind: "syntax", ref: "docker/dockerfile:1", resolved: digestOf("syntax") },
    { kind: "image", ref: "alpine:3", resolved: digestOf("alpine") },
    { kind: "http", ref: "https://example.com/a.tgz", resolved: digestOf("a") },
  ],
  epoch: { arg: "APT_REFRESH", value: "2026-W47" },
  network: "none",
  shmSize: "64m",
  ulimits: ["nofile=1024:1024", "nproc=3"],
  allow: ["network.host", "security.insecure"],
  addHosts: ["a:10.0.0.1"],
  secrets: ["id=npm,env=NPM_TOKEN", "id=key,src=key.pem"],
  ssh: ["default"],
  exporter: { oci: true, provenance: "max", sbom: false },
};

/** `known`: whether the configs of base images are known. */
function summary(changes: Partial<Given> = {}, known = true): ReturnType<typeof inputDigest> {
  const { text, ...rest } = { ...given, ...changes };
  const stages = readStages(parseDockerfile(text, "Dockerfile"), {
    args: { ...rest.args, ...(rest.epoch && { [rest.epoch.arg]: rest.epoch.value }) },
    platform: rest.platform,
    target: rest.target,
    contexts: Object.fromEntries(Object.keys(rest.contexts).map((name) => [name, name])),
    baseConfig: () => (known ? { env: [], onbuild: [] } : undefined),
  });
  return inputDigest({ stages, ...rest });
}

const changes: readonly (readonly [string, Partial<Given>])[] = [
  ["an instruction", { text: dockerfile.replace("COPY . .", "COPY src .") }],
  ["a heredoc's body", { text: `${dockerfile}\nRUN <<EOF\na\nEOF` }],
  ["another heredoc's body", { text: `${dockerfile}\nRUN <<EOF\nb\nEOF` }],
  ["a base image", { text: dockerfile.replace("FROM scratch", "FROM alpine:3") }],
  ["the syntax image", { text: dockerfile.replace("dockerfile:1", "dockerfile:2") }],
  ["the context", { context: { digest: digestOf("other") } }],
  ["no context", { context: undefined }],
  ["a named context", { contexts: { assets: { digest: digestOf("other") } } }],
  ["a named context's address", { contexts: { assets: "https://example.com/assets.git" } }],
  ["the target", { target: "build" }],
  ["the platform", { platform: parsePlatform("linux/amd64") }],
  ["an argument", { args: { ...given.args, VERSION: "2" } }],
  ["no argument", { args: { BASE: "alpine:3" } }],
  ["BuildKit's own argument", { args: { ...given.args, SOURCE_DATE_EPOCH: "0" } }],
  ["a label", { labels: { team: "other" } }],
  [
    "an image's pin",
    {
      pins: given.pins.map((pin) => ({
        ...pin,
        ...(pin.kind === "image" && { resolved: digestOf("moved") }),
      })),
    },
  ],
  [
    "the syntax image's pin",
    {
      pins: given.pins.map((pin) => ({ ...pin, ...(pin.kind === "syntax" && { resolved: null }) })),
    },
  ],
  [
    "a remote source's pin",
    {
      pins: given.pins.map((pin) => ({
        ...pin,
        ...(pin.kind === "http" && { resolved: digestOf("b") }),
      })),
    },
  ],
  ["the epoch", { epoch: { arg: "APT_REFRESH", value: "2026-W48" } }],
  ["no epoch", { epoch: undefined }],
  ["the network", { network: undefined }],
  ["the shm size", { shmSize: "128m" }],
  ["a ulimit", { ulimits: ["nproc=3"] }],
  ["an entitlement", { allow: [] }],
  ["a host", { addHosts: ["a:10.0.0.2"] }],
  ["a secret's id", { secrets: ["id=npm,env=NPM_TOKEN"] }],
  ["an ssh agent", { ssh: [] }],
  ["the provenance", { exporter: { ...given.exporter, provenance: "min" } }],
  ["the SBOM", { exporter: { ...given.exporter, sbom: true } }],
  ["the SBOM's generator", { exporter: { ...given.exporter, sbom: { generator: "a" } } }],
  ["the media types", { exporter: { ...given.exporter, oci: false } }],
];

const sameness: readonly (readonly [string, Partial<Given>])[] = [
  ["a comment", { text: dockerfile.replace("COPY . .", "# a comment\nCOPY . .") }],
  ["how lines are continued", { text: dockerfile.replace("RUN echo", "RUN \\\n  echo") }],
  ["a stage that nothing needs", { text: dockerfile.replace("echo unneeded", "echo other") }],
  ["a default that is overridden", { text: dockerfile.replace("BASE=alpine:3", "BASE=alpine:2") }],
  ["an argument that nothing declares", { args: { ...given.args, OTHER: "1" } }],
  ["a proxy", { args: { ...given.args, HTTPS_PROXY: "http://proxy" } }],
  [
    "a named context that nothing reads",
    { contexts: { ...given.contexts, other: "docker-image://x" } },
  ],
  ["where a secret comes from", { secrets: ["id=npm,src=other", "type=file,id=key"] }],
  [
    "the order of unordered values",
    {
      ulimits: [...given.ulimits].reverse(),
      allow: [...given.allow].reverse(),
      secrets: [...given.secrets].reverse(),
      pins: [...given.pins].reverse(),
    },
  ],
  [
    "an epoch's argument that is also passed as an argument",
    { args: { ...given.args, APT_REFRESH: "2026-W47" } },
  ],
];

describe("inputDigest", () => {
  it.each(changes)("changes with %s", (_, change) => {
    expect(summary(change).digest).not.toBe(summary().digest);
  });

  it("is different for every one of these changes", () => {
    expect(new Set(changes.map(([, change]) => summary(change).digest)).size).toBe(changes.length);
  });

  it.each(sameness)("does not change with %s", (_, change) => {
    expect(summary(change).digest).toBe(summary().digest);
  });

  it("ignores an epoch that no reached stage declares", () => {
    const text = dockerfile.replace("ARG APT_REFRESH\n", "");
    const of = (value: string): string =>
      summary({ text, epoch: { arg: "APT_REFRESH", value } }).digest;
    expect(of("2026-W47")).toBe(of("2026-W48"));
  });

  it("identifies stages by their position among the needed ones, not by their number", () => {
    const copying = (from: number, before = ""): string =>
      summary({
        text: `${before}FROM a\nFROM b\nFROM scratch\nCOPY --from=0 / /\nCOPY --from=${from} / /\n`,
      }).digest;
    expect(copying(1)).not.toBe(copying(0));
    // With one more stage in front, number 1 is what number 0 was.
    const shifted = summary({
      text: "FROM x\nFROM a\nFROM b\nFROM scratch\nCOPY --from=1 / /\nCOPY --from=2 / /\n",
    });
    const swapped = summary({
      text: "FROM x\nFROM b\nFROM a\nFROM scratch\nCOPY --from=1 / /\nCOPY --from=2 / /\n",
    });
    expect(shifted.digest).not.toBe(swapped.digest);
  });

  it("names its parts, with short values as they are", () => {
    const long = "x".repeat(65);
    const { parts } = summary({ args: { VERSION: long, BASE: "alpine:3" } });
    const text = (name: string): string => parts[name] ?? "";
    expect({ ...parts, dockerfile: text("dockerfile").slice(0, 7) }).toEqual({
      "add-hosts": '["a:10.0.0.1"]',
      allow: '["network.host","security.insecure"]',
      "arg:BASE": "alpine:3",
      "arg:VERSION": digestOf(long),
      context: digestOf("context"),
      "context/src": "1a2b",
      "files:COPY .": "3c4d Dockerfile:8",
      "whole-context": "Dockerfile:8: COPY .",
      dockerfile: "sha256:",
      epoch: "2026-W47",
      exporter: '[true,"max",false]',
      format: "layerkeep.input.v3",
      "label:org.opencontainers.image.title": "app",
      "label:team": "core",
      "named-context:assets": digestOf("assets"),
      network: "none",
      "pin:http:https://example.com/a.tgz": digestOf("a"),
      "pin:image:alpine:3": digestOf("alpine"),
      "pin:syntax:docker/dockerfile:1": digestOf("syntax"),
      platform: "linux/arm64",
      secrets: '["key","npm"]',
      "shm-size": "64m",
      ssh: '["default"]',
      target: "",
      ulimits: '["nofile=1024:1024","nproc=3"]',
    });
  });

  it("counts every argument except the epoch and proxies if a base image may declare them", () => {
    const unknown = (changes: Partial<Given>): string => summary(changes, false).digest;
    const text = "FROM alpine:3\n";
    const plain = unknown({ text, args: {} });
    expect(unknown({ text, args: { ANY: "1" } })).not.toBe(plain);
    expect(unknown({ text, args: { http_proxy: "http://proxy" } })).toBe(plain);
    expect(unknown({ text, args: {}, epoch: undefined })).toBe(plain);
    expect(summary({ text, args: { ANY: "1" } }).digest).toBe(summary({ text, args: {} }).digest);
  });

  it("gives the reason why the whole context counts, and no files of single instructions", () => {
    const { parts } = summary({ text: "FROM alpine:3\nCOPY src /\n" }, false);
    const why = "Dockerfile:1: the ONBUILD triggers of alpine:3 are unknown";
    expect(parts["whole-context"]).toBe(why);
    expect(Object.keys(parts).filter((name) => name.startsWith("files:"))).toEqual([]);
  });

  it("does not depend on the order of keys", () => {
    const values = fc.dictionary(fc.string(), fc.string());
    fc.assert(
      fc.property(values, fc.array(fc.nat()), (labels, order) => {
        const shuffled = Object.entries(labels)
          .map((entry, at) => ({ entry, key: order[at] ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ entry }) => entry);
        expect(summary({ labels: Object.fromEntries(shuffled) })).toEqual(summary({ labels }));
      }),
      { numRuns: 50 },
    );
  });

  it("is different for different labels, whatever their names and values", () => {
    const labels = fc.dictionary(fc.string({ maxLength: 3 }), fc.string({ maxLength: 3 }));
    fc.assert(
      fc.property(labels, labels, (one, two) => {
        const key = (record: Record<string, string>): string =>
          JSON.stringify(Object.entries(record).sort());
        expect(summary({ labels: one }).digest === summary({ labels: two }).digest).toBe(
          key(one) === key(two),
        );
      }),
      { numRuns: 50 },
    );
  });
});

it("distinguishes which named context replaces which stage", () => {
  const of = (first: string, second: string): string => {
    const text = `FROM scratch AS ${first}\nFROM scratch AS ${second}\nFROM scratch\nCOPY --from=0 /f /1\nCOPY --from=1 /f /2\n`;
    const contexts = { a: { digest: digestOf("a") }, b: { digest: digestOf("b") } };
    return summary({ text, target: undefined, contexts }).digest;
  };
  expect(of("a", "b")).not.toBe(of("b", "a"));
});
