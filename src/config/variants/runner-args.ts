import { UsageError } from "../../errors.ts";
import { compileGlob } from "../../glob.ts";
import { formatPlatform } from "../../oci/platform.ts";
import type { Variant } from "../config.ts";
import type { Report } from "../schema/report.ts";
import type { RawVariant } from "../schema/variant-schema.ts";
import type { Path } from "../yaml/yaml-file.ts";

type RunnerArgs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * The arguments of all patterns that match the runner's label; later patterns override earlier
 * ones. A leg without a runner has none.
 */
export function argsOfRunner(
  runnerArgs: RunnerArgs,
  runner: string | undefined,
): Readonly<Record<string, string>> {
  if (runner === undefined) return {};
  const matching = Object.entries(runnerArgs).filter(([pattern]) => compileGlob(pattern)(runner));
  return Object.fromEntries(matching.flatMap(([, args]) => Object.entries(args)));
}

/** Throws a usage error for a pattern that is empty or in another glob language. */
export function checkRunnerPattern(pattern: string): void {
  if (isRunnerPattern(pattern)) return;
  throw new UsageError(`"${pattern}" is not a valid runner label pattern`, {
    hint: "use a label, optionally with the wildcards * and ?, such as ubuntu-*",
  });
}

function isRunnerPattern(pattern: string): boolean {
  return pattern !== "" && pattern.trim() === pattern && !/^!|[[\]{}]/.test(pattern);
}

/** Variants of one place in the file, and what it says about runners. */
interface Written {
  /** The path of the variant or the import. */
  readonly path: Path;
  readonly own: Pick<RawVariant, "runner-args">;
  readonly variants: readonly Pick<Variant, "platforms" | "runners">[];
}

/** Reports each pattern of the place's own `runner-args` that matches the runner of no leg. */
export function checkRunnerArgs(
  { path, own, variants }: Written,
  runners: Readonly<Record<string, string>>,
  report: Report,
): void {
  const patterns = Object.keys(own["runner-args"] ?? {}).filter(isRunnerPattern);
  if (patterns.length === 0 || variants.length === 0) return;
  const labels = variants.flatMap((variant) =>
    variant.platforms.map(formatPlatform).flatMap((on) => variant.runners[on] ?? runners[on] ?? []),
  );
  const known = [...new Set(labels)];
  for (const pattern of patterns.filter((one) => !known.some(compileGlob(one)))) {
    report.add(
      [...path, "runner-args", pattern],
      `no leg has a runner that matches "${pattern}"`,
      known.length === 0
        ? "set runners for the platforms of the legs"
        : `the legs run on ${few(known)}`,
      "key",
    );
  }
}

const mostNamed = 5;

function few(labels: readonly string[]): string {
  const more = labels.length - mostNamed;
  return labels.slice(0, mostNamed).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
