import type { Random } from "../differential/random.ts";

/** A Dockerfile that a seed made, and what it is built with. */
interface RandomDockerfile {
  readonly text: string;
  readonly args: Readonly<Record<string, string>>;
}

const names = ["A", "B", "C", "PATH", "GREETING", "TARGETARCH"] as const;

/**
 * A Dockerfile of up to three stages with ENV, ARG and ONBUILD, on nothing or on a base. It does
 * not make what BuildKit refuses, heredocs, named contexts or `FROM --platform`.
 */
export function randomDockerfile(random: Random, base: string): RandomDockerfile {
  const escape = random.chance(0.2) ? "`" : "\\";
  const lines = escape === "\\" ? [] : ["# escape=`"];
  for (let left = random.below(3); left > 0; left--) lines.push(argument(random, escape));
  const stages = 1 + random.below(3);
  for (let at = 0; at < stages; at++) {
    const earlier = Array.from({ length: at }, (_, stage) => `s${stage}`);
    lines.push(`FROM ${random.pick(["scratch", base, ...earlier, ...earlier])} AS s${at}`);
    for (let left = 1 + random.below(5); left > 0; left--) lines.push(instruction(random, escape));
  }
  const given = names.filter((name) => name !== "PATH" && random.chance(0.15));
  return {
    text: `${lines.join("\n")}\n`,
    args: Object.fromEntries(given.map((name) => [name, random.pick(["", "given", "a b$A"])])),
  };
}

function instruction(random: Random, escape: string): string {
  const kind = random.next();
  if (kind < 0.5) return environment(random, escape);
  if (kind < 0.75) return argument(random, escape);
  const deferred = random.pick([environment, argument])(random, escape);
  return `${random.pick(["ONBUILD", "onbuild ", " OnBuild\t"])} ${deferred}`;
}

function argument(random: Random, escape: string): string {
  const name = random.pick(names);
  return random.chance(0.3) ? `ARG ${name}` : `ARG ${name}=${value(random, escape)}`;
}

function environment(random: Random, escape: string): string {
  if (random.chance(0.15)) {
    return `ENV ${random.pick(names)} ${value(random, escape)} ${value(random, escape)}`;
  }
  const pair = (): string => `${random.pick(names)}=${value(random, escape)}`;
  const pairs = Array.from({ length: 1 + random.below(3) }, pair);
  const between = random.chance(0.2) ? ` ${escape}\n  ${random.pick(["", "# no\n", "\t"])}` : " ";
  return `ENV ${pairs.join(between)}`;
}

/** A word of one to three parts. */
function value(random: Random, escape: string): string {
  const name = random.pick(names);
  const part = (): string =>
    random.pick([
      ...["x", "y.z", `${escape} `, `${escape}$`, `${escape}"`, "C:\\d", "\\", "ä", "=", "#"],
      ...[`$${name}`, `\${${name}}`, `\${${name}:-d}`, `\${${name}+s}`, `\${${name}%.*}`],
      ...[`"a  $${name}"`, `"${escape}$${name} ${escape}""`, `'a $${name}'`, '""', "''"],
    ]);
  return Array.from({ length: 1 + random.below(3) }, part).join("");
}
