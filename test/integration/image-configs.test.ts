import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseDockerfile } from "../../src/dockerfile/parse/parse.ts";
import { readStages, type Stages } from "../../src/dockerfile/stages/stages.ts";
import type { BaseConfig } from "../../src/dockerfile/stages/triggers.ts";
import { UsageError } from "../../src/errors.ts";
import { exec, execOk } from "../../src/exec.ts";
import { Random } from "../support/differential/random.ts";
import { randomDockerfile } from "../support/dockerfile/random-env.ts";
import { testEngine } from "../support/engine.ts";
import { skopeoConfig } from "../support/skopeo.ts";

// What a variant's image brings to those that are built on it is read from its Dockerfile. Here
// BuildKit builds the images, all in one solve, and their configs are compared with that.

const {
  registries: [registry],
  buildx,
  env,
} = testEngine();
const repository = `${registry}/t${randomUUID().slice(0, 8)}/configs`;
const base = `${repository}:base`;
let folder: string;
let baseConfig: BaseConfig;

/** A Dockerfile, and what else it is built with. */
interface Case {
  readonly text: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly target?: string;
  /** By whom `Stages.config` is not expected to be known. */
  readonly unknown?: true;
}

const handPicked: Readonly<Record<string, Case>> = {
  nothing: { text: "FROM scratch\nLABEL a=b\n" },
  order: { text: "FROM scratch\nENV A=1 B=2\nENV PATH=/bin\nENV A=3\nENV C=$A:$PATH\n" },
  "one line": { text: "FROM scratch\nENV A=1\nENV A=2 B=$A C=${A:-x}\nENV D=$C\n" },
  "old form": { text: "FROM scratch\nENV A b  'c'  \nENV B $A\n" },
  quotes: {
    text: 'FROM scratch\nENV A="b  c" B=\'$A "\' C=d\\ e D="\\$A \\" \\x" E=\\$A F=\'\' G=a"b"\'c\'\n',
  },
  "triggers with a backtick": {
    text: "# escape=`\nFROM scratch AS a\nONBUILD ENV A=b\\ c=d\nFROM a\nENV G=$A\n",
  },
  backtick: { text: "# escape=`\nFROM scratch\nENV A=b` c B=C:\\d `\n  C=`$A\nENV D=$A\n" },
  "continued lines": { text: "FROM scratch\nENV A=b \\\n  # not a part\n\n  B=c\\\n  d=e\n" },
  modifiers: {
    text: "FROM scratch\nENV A=a.b.c\nENV B=${A%.*} C=${A##*.} D=${A/./-} E=${A//./} F=${N:-$A} G=${A:+y} H=${N}\n",
  },
  "names from variables": { text: "FROM scratch\nENV A=NAME\nENV $A=1 ${A}_2=x\n" },
  arguments: {
    text: "ARG G=global\nFROM scratch\nARG A=1\nARG G\nARG N\nENV B=$A$G$N$M C=$TARGETARCH\nARG TARGETARCH\nENV D=$TARGETARCH\nARG B=arg\nENV E=$B\n",
    args: { A: "given", M: "not declared" },
  },
  "an argument's name in the next stage": {
    text: "FROM scratch AS a\nENV A=env\nARG A=arg\nARG B=arg\nENV C=$A\nFROM a\nENV D=$A E=$B\n",
  },
  "an argument for the SBOM": {
    text: "FROM scratch\nARG BUILDKIT_SBOM_SCAN_STAGE=true\nENV A=$BUILDKIT_SBOM_SCAN_STAGE\n",
  },
  triggers: {
    text: 'FROM scratch\nONBUILD ENV A=$B "C=d  e"\nonbuild   copy a \\\n  # no\n  b   /c\nONBUILD CMD ["a",  "b"]\nONBUILD RUN echo "${A}"\n',
  },
  "triggers of a stage": {
    text: "FROM scratch AS a\nENV A=1\nONBUILD ENV B=$A\nONBUILD ARG C=2\nENV A=3\nFROM a\nENV D=$B$C\nONBUILD ENV E=1\n",
  },
  "triggers with spaces at their end": { text: "FROM scratch\nONBUILD ENV A=b  \n" },
  "a heredoc in a trigger": {
    text: "FROM scratch\nONBUILD COPY <<EOF /a\nx\nEOF\n",
    unknown: true,
  },
  "a stage between": {
    text: "FROM scratch AS a\nENV A=1\nONBUILD ENV X=1\nFROM scratch AS b\nENV B=2\nFROM a AS c\nENV C=3\n",
    target: "c",
  },
  "a stage that is copied from": {
    text: "FROM scratch AS a\nCOPY <<EOF /f\nx\nEOF\nENV A=1\nFROM scratch\nCOPY --from=a /f /\n",
  },
  "a base": { text: `FROM ${base}\nENV A=$GREETING\nARG GREETING=arg\nENV B=$GREETING\n` },
  "a base through a stage": { text: `FROM ${base} AS x\nENV PATH=$PATH:/x\nFROM x\nENV A=$SET\n` },
};

const random = new Random(13);
const generated = 30;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerkeep-configs-"));
  const text = "FROM scratch\nENV GREETING=hello\nENV SPACED='a b'\nONBUILD ENV SET=$GREETING\n";
  await build({ base: { text } }, () => base);
  baseConfig = await configOf(base);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the variables and triggers of an image are what BuildKit writes into its config", async () => {
  const made = Array.from({ length: generated }, (_, at): [string, Case] => [
    `random ${at}`,
    acceptedDockerfile(),
  ]);
  const cases: Readonly<Record<string, Case>> = { ...handPicked, ...Object.fromEntries(made) };
  const names = Object.keys(cases);
  const tagOf = (name: string): string => `${repository}:${names.indexOf(name)}`;
  await build(cases, tagOf);
  const built: Record<string, unknown> = {};
  const read: Record<string, unknown> = {};
  await Promise.all(
    Object.entries(cases).map(async ([name, one]) => {
      const title = `${name}: ${one.text}`;
      const { env: variables, onbuild } = await configOf(tagOf(name));
      // BuildKit keeps spaces at a trigger's end, and drops them when it reads it.
      const config = { env: variables, onbuild: onbuild.map((trigger) => trigger.trimEnd()) };
      built[title] = one.unknown === true ? undefined : config;
      read[title] = ours(one).config;
    }),
  );
  expect(read).toEqual(built);
}, 60_000);

function ours({ text, args = {}, target }: Case): Stages {
  return readStages(parseDockerfile(text, "Dockerfile"), {
    args,
    target,
    platform: { os: "linux", architecture: "amd64" },
    baseConfig: () => baseConfig,
  });
}

/** What is refused, such as `\\` before a line's end, is the grammar test's matter. */
function acceptedDockerfile(): Case {
  for (;;) {
    const made = randomDockerfile(random, base);
    try {
      // A stage whose FROM continues the line before is none, and others look for it in a registry.
      if (ours(made).images.every(({ ref }) => ref === base)) return made;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
  }
}

/** Builds and pushes all of them at once: a bake file's texts are templates. */
async function build(
  all: Readonly<Record<string, Case>>,
  tagOf: (name: string) => string,
): Promise<void> {
  const targets = Object.entries(all).map(([name, { text, args = {}, target }], at) => ({
    name: `t${at}`,
    definition: {
      "dockerfile-inline": text.replace(/([$%])\{/g, "$1$&"),
      args,
      ...(target === undefined ? {} : { target }),
      platforms: ["linux/amd64"],
      tags: [tagOf(name)],
      output: ["type=image,push=true"],
      attest: ["type=provenance,disabled=true"],
    },
  }));
  const byName = Object.fromEntries(targets.map((one) => [one.name, one.definition]));
  const file = join(folder, "bake.json");
  await writeFile(file, JSON.stringify({ target: byName }));
  const wanted = targets.map(({ name }) => name);
  await execOk(exec, [buildx, "bake", `--file=${file}`, ...wanted], {
    ...{ env, cwd: folder, purpose: "building images" },
  });
}

async function configOf(reference: string): Promise<BaseConfig> {
  const { config } = (await skopeoConfig(reference)) as {
    config: { Env?: string[]; OnBuild?: string[] };
  };
  return { env: config.Env ?? [], onbuild: config.OnBuild ?? [] };
}
