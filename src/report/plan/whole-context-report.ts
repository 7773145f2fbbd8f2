import type { WholeContext } from "../../plan/whole-context.ts";
import { few } from "../few.ts";
import { count } from "../../count.ts";

const mostShown = 5;

/**
 * The legs that nearly every commit builds, and what would narrow their inputs: one suggestion for
 * all variants that it would help, the five first that help the most legs.
 */
export function renderWholeContexts(found: readonly WholeContext[]): string[] {
  if (found.length === 0) return [];
  const legs = legsOf(found);
  const takes = legs === 1 ? "1 leg uses its" : `${legs} legs use their`;
  const groups = groupBySuggestion(found);
  const rest = groups.slice(mostShown).flat();
  return [
    `${takes} entire context: every commit that changes it rebuilds ${legs === 1 ? "the leg" : "the legs"}`,
    ...groups.slice(0, mostShown).flatMap(renderGroup),
    ...(rest.length === 0
      ? []
      : [
          `  and ${count(legsOf(rest), "more leg")}: run \`layerkeep plan --explain --json\` to see all`,
        ]),
  ];
}

function legsOf(found: readonly WholeContext[]): number {
  return found.flatMap(({ legs }) => legs).length;
}

type Group = readonly WholeContext[];

/** Variants with the same suggestion; those of most legs first, and those without one last. */
function groupBySuggestion(found: readonly WholeContext[]): readonly Group[] {
  const groups = new Map<string, WholeContext[]>();
  for (const one of found) {
    const key = JSON.stringify(inputsForAny(one));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  const helps = (group: Group): number => (group[0]?.inputs === null ? 0 : 1);
  return [...groups.values()].sort((a, b) => helps(b) - helps(a) || legsOf(b) - legsOf(a));
}

/** The suggestion as `defaults` could have it: with `{name}` for a folder named as the variant. */
function inputsForAny({ inputs, variant }: WholeContext): readonly string[] | null {
  const isOwn = (glob: string): boolean => glob === variant || glob.startsWith(`${variant}/`);
  return (
    inputs?.map((glob) => (isOwn(glob) ? `{name}${glob.slice(variant.length)}` : glob)) ?? null
  );
}

function renderGroup(group: Group): string[] {
  const [first, second] = group;
  if (first === undefined) return [];
  const inputs = second === undefined ? first.inputs : inputsForAny(first);
  const changesMost = merged(group.map((one) => one.changesMost));
  const leftOut = merged(group.map((one) => one.leftOut));
  const them =
    second === undefined ? "if this is all it needs, set" : "if this is all they need, set";
  return [
    `  ${who(group)}: ${few([...new Set(group.map(({ where }) => where))])}${howOften(group)}`,
    ...(changesMost === "" ? [] : [`    most of these commits changed ${changesMost}`]),
    ...(inputs === null
      ? []
      : [
          `    ${them} inputs: ${JSON.stringify(inputs)}`,
          `    this excludes files of other variants: ${leftOut}`,
        ]),
  ];
}

function who(group: Group): string {
  const names = group.map(({ variant }) => variant);
  return names.length === 1 ? few(names) : `${few(names)} (${count(legsOf(group), "leg")})`;
}

/** `; 3 of the last 200 commits did`. */
function howOften(group: Group): string {
  const known = group.flatMap(({ commits }) => commits ?? []);
  const [first] = known;
  if (first === undefined) return "";
  const most = Math.max(...known.map(({ touched }) => touched));
  const upTo = known.every(({ touched }) => touched === most) ? "" : "up to ";
  return `; ${upTo}${most} of the last ${count(first.of, "commit")} changed it`;
}

/** The entries of several lists that most commits changed, each once: `web (2), docs (1)`. */
function merged(lists: readonly WholeContext["leftOut"][]): string {
  const all = new Map(lists.flat().map(({ path, commits }) => [path, commits]));
  return [...all]
    .sort(([, a], [, b]) => b - a)
    .slice(0, mostShown)
    .map(([path, commits]) => `${path} (${commits})`)
    .join(", ");
}
