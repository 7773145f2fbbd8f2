import { resolve } from "node:path";
import type { Draft } from "../../config/parse.ts";
import { type Problem, renderProblem, UsageError } from "../../errors.ts";
import type { LegInputs } from "../../inputs/leg-inputs.ts";
import { findMissingSources } from "../../inputs/missing/missing-sources.ts";
import { secretArgWarnings } from "../../inputs/secret-args.ts";
import { unknownPlatforms, unusedArgWarnings } from "../../inputs/variant-warnings.ts";
import type { Platform } from "../../oci/platform.ts";
import type { Diagnostic, Found } from "./diagnostic.ts";
import { readVariants } from "./read-variants.ts";

/** What was checked, and everything that is wrong with it. */
export interface Validation {
  readonly variants: number;
  readonly legs: number;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Checks a config and its Dockerfiles as far as files show: nothing is asked of a registry or an
 * engine. A variant that has a problem in the config is not looked at further. `machine` is the
 * platform of this machine.
 */
export async function validateConfig(
  { config, placed, report }: Draft,
  machine: Platform,
): Promise<Validation> {
  const sound = placed.filter((one) => one.report.isSound(one.path));
  const { legs, problems } = await readVariants(config, sound, machine);
  const inline = new Set(
    legs.flatMap(({ recipe }) => (recipe.dockerfileInline === undefined ? [] : recipe.dockerfile)),
  );
  const errors = [...report.problems(), ...problems, ...missingIn(config.root, legs)];
  const warnings = [
    ...legs.flatMap(warningsIn),
    ...unknownPlatforms(legs),
    ...[...config.warnings, ...secretArgWarnings(config.variants), ...unusedArgWarnings(legs)].map(
      (message) => ({ message }),
    ),
  ];
  const diagnose =
    (severity: Diagnostic["severity"]) =>
    (problem: Found): Diagnostic => {
      const { file, line } = problem;
      if (file === undefined) return { ...problem, severity, file };
      if (!inline.has(file)) return { ...problem, severity, file: resolve(config.root, file) };
      const message = renderProblem({ message: problem.message, file, line });
      return { severity, message, hint: problem.hint, file: undefined };
    };
  return {
    variants: config.variants.length,
    legs: config.variants.reduce((sum, { platforms }) => sum + platforms.length, 0),
    diagnostics: [
      ...unique(errors).map(diagnose("error")),
      ...unique(warnings).map(diagnose("warning")),
    ],
  };
}

/** An ignore file or a folder that cannot be read is a problem, too. */
function missingIn(root: string, legs: readonly LegInputs[]): readonly Found[] {
  try {
    return findMissingSources(root, legs).map(({ file, line, message, hint, written }) => {
      return { file, line, message, hint, word: written };
    });
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
}

function warningsIn({ recipe, file }: LegInputs): readonly Problem[] {
  return file.dockerfile.warnings.map(({ message, line }) => {
    return { file: recipe.dockerfile, line, message };
  });
}

/** Legs that share a Dockerfile have the same problems. */
function unique(problems: readonly Found[]): readonly Found[] {
  return [...new Map(problems.map((problem) => [renderProblem(problem), problem])).values()];
}
