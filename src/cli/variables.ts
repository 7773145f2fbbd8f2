import type { ConfigOptions } from "./io.ts";

const variablePrefix = "LAYERKEEP_VAR_";

/** The config's variables: the command line overrides the environment. */
export function variablesOf(
  env: NodeJS.ProcessEnv,
  options: Pick<ConfigOptions, "var">,
): Record<string, string> {
  const given = Object.fromEntries(
    Object.entries(env).flatMap(([key, value]) =>
      key.startsWith(variablePrefix) && value !== undefined
        ? [[key.slice(variablePrefix.length), value]]
        : [],
    ),
  );
  return { ...given, ...options.var };
}
