import type { Fix, Edit } from "../../../finding.ts";
import type { StepRun } from "../../../model/pipeline.ts";
import { at, entryOf, type MapNode, type Node, type ScalarNode } from "../../../yaml/node.ts";
import type { Pasted } from "./pasted-expressions.ts";
import { type Quoting, quotingAt } from "./quoting.ts";

/**
 * The change that hands values to a script as environment variables. Undefined if the step, or how
 * its script quotes them, is not simple enough. The change is safe if each value is in quotes: then
 * it stays one word.
 */
export function moveToEnv([step]: readonly StepRun[], pasted: readonly Pasted[]): Fix | undefined {
  const run = at(step?.node, "run");
  const [first] = pasted;
  if (step?.node.kind !== "map" || run?.kind !== "scalar" || first === undefined) return undefined;
  if (!/^(?:ba)?sh\b/.test(step.script?.shell ?? "")) return undefined;
  const names = namesOf(pasted, step, run.text ?? "");
  const replacements = pasted.map((one) => replacementOf(one, run, names.get(one.expression)));
  if (names.size === 0 || replacements.includes(undefined)) return undefined;
  const added = [...names].filter(([expression]) => !/^env\./.test(expression));
  const env = added.length === 0 ? [] : settingEnv(step.node, added);
  if (env === undefined) return undefined;
  const found = replacements.filter((one) => one !== undefined);
  return {
    title: `pass ${added.length === 1 ? "it" : "them"} through the environment`,
    safe: found.every(({ quoted }) => quoted),
    edits: [...env, ...found.map(({ edit }) => edit)],
  };
}

/** A variable for each expression; empty if a name is taken, or set by the script. */
function namesOf(
  pasted: readonly Pasted[],
  { env }: StepRun,
  script: string,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { expression } of pasted) {
    const [, own] = /^env\.(\w+)$/.exec(expression) ?? [];
    const parts = expression.replace(/^github\.(?:event\.)?/, "").split(".");
    const name = own ?? parts.slice(-2).join("_").toUpperCase();
    const isTaken = [...names].some(([other, used]) => used === name && other !== expression);
    const isSimple = /^[A-Za-z_]\w*$/.test(name) && /^[\w.-]+$/.test(expression);
    const isSet = own === undefined && (env.has(name) || name.startsWith("GITHUB_"));
    if (!isSimple || isTaken || isSet) return new Map();
    if (isSetIn(script, name, expression)) return new Map();
    names.set(expression, name);
  }
  return names;
}

/** Whether a script gives a variable another value than that of the expression. */
function isSetIn(script: string, name: string, expression: string): boolean {
  const source = expression.replaceAll(".", "\\.");
  const own = new RegExp(`\\b${name}=["']?\\$\\{\\{\\s*${source}\\s*\\}\\}`, "g");
  const others = new RegExp(`\\b${name}=|\\b(?:read|for|unset)\\b[^\\n;]*\\b${name}\\b`);
  return others.test(script.replaceAll(own, ""));
}

function replacementOf(
  { span, offset }: Pasted,
  run: ScalarNode,
  name: string | undefined,
): { readonly edit: Edit; readonly quoted: boolean } | undefined {
  if (offset === undefined || name === undefined) return undefined;
  const quoting = quotingAt(run.text ?? "", offset);
  const text = quoting === undefined ? undefined : inQuotes(quoting, name);
  if (text === undefined || !fits(text, run, span.start)) return undefined;
  return { edit: { span, text }, quoted: quoting !== "none" };
}

/** How a variable is written where the expression is; undefined if none would be replaced there. */
function inQuotes(quoting: Quoting, name: string): string | undefined {
  switch (quoting) {
    case "verbatim":
      return undefined;
    case "double":
      return `\${${name}}`;
    case "single":
      return `'"\${${name}}"'`;
    case "none":
      return `"\${${name}}"`;
  }
}

/** Whether it can be written in the YAML scalar as it is. */
function fits(text: string, { style, start }: ScalarNode, at: number): boolean {
  if (style === "block") return true;
  if (style === "plain") return at > start || !text.startsWith('"');
  return !text.includes(style === "double" ? '"' : "'");
}

/** Undefined if `env` is written in a way that a line cannot be added to. */
function settingEnv(
  step: MapNode,
  names: readonly (readonly [string, string])[],
): readonly Edit[] | undefined {
  const run = entryOf(step, "run");
  const env = entryOf(step, "env");
  if (run === undefined || step.flow) return undefined;
  const lines = names.map(([expression, name]) => `${name}: \${{ ${expression} }}`);
  if (env === undefined) {
    const indent = indentOf(run.key);
    const text = `env:\n${lines.map((line) => `${indent}  ${line}\n`).join("")}${indent}`;
    return [{ span: { ...run.key, end: run.key.start }, text }];
  }
  const isOwn = env.value.start > step.start && env.value.end <= step.end;
  if (env.value.kind !== "map" || env.value.flow || !isOwn) return undefined;
  const indent = indentOf(env.value);
  const text = lines.map((line) => `${line}\n${indent}`).join("");
  return [{ span: { ...env.value, end: env.value.start }, text }];
}

/** As many spaces as there are before it on its line. */
function indentOf({ file, start }: Node): string {
  return " ".repeat(file.placeOf(start).column - 1);
}
