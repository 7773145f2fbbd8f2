import type { Config } from "../../src/config/config.ts";
import { closeConfig, openConfig, throwProblems } from "../../src/config/parse.ts";
import { readWholeYaml } from "../../src/config/yaml/whole-yaml.ts";

/** The config that a text alone says: it imports nothing, and no file is looked at. */
export function parseConfig(
  text: string,
  file: string,
  vars: Readonly<Record<string, string>>,
): Config {
  const opened = openConfig(readWholeYaml(text), file, vars);
  if (opened.root["import"] !== undefined) {
    const hint = "load the config from its file";
    opened.report.add(["import"], "a text alone imports nothing", hint, "key");
  }
  const { config, report } = closeConfig(opened, { entries: [], warnings: [] });
  throwProblems(report.problems());
  return config;
}
