import { interpolate } from "../../expressions/evaluate.ts";
import type { Scope } from "../../expressions/scope.ts";
import { known, knownText, type Text } from "../../expressions/value.ts";
import type { ActionUse, Script } from "../../model/pipeline.ts";
import { inFolder } from "../../operations/shell/folder.ts";
import type { StepsSetting } from "./steps-setting.ts";
import { inherited, type Step } from "../workflow.ts";

/** Actions that run a command, again if it fails, and the input that has it. */
const commandOf: Readonly<Record<string, string>> = {
  "nick-fields/retry": "command",
  "nick-invision/retry": "command",
  "wandalen/wretry.action": "command",
};

/** The commands of a step: its own, or those that it hands to an action. */
export function scriptOf(
  step: Step,
  action: ActionUse | undefined,
  scope: Scope,
  setting: StepsSetting,
): Script | undefined {
  const others = isEnvOpen(scope) ? "job" : "unset";
  // On Windows, PowerShell is the default.
  const usual = known(setting.windows ? "pwsh" : "bash");
  const texts = (one: { readonly text: string | null } | undefined): Text | undefined =>
    one === undefined ? undefined : interpolate(one.text ?? "", scope);
  if (step.run !== undefined) {
    const { shell, folder } = inherited(step, setting.defaults);
    return {
      value: interpolate(step.run.text ?? "", scope),
      span: step.run,
      shell: knownText(texts(shell) ?? usual),
      folder: inFolder(known("."), texts(folder) ?? known(".")),
      others,
    };
  }
  const command = action?.inputs.get(commandOf[action.name] ?? "");
  if (command === undefined) return undefined;
  const shell = knownText(action?.inputs.get("shell")?.value ?? usual);
  return { ...command, shell, folder: known("."), others };
}

/** Whether a step before may have set any variable. */
function isEnvOpen({ contexts, asked }: Scope): boolean {
  asked?.({ context: "env", about: "openness" });
  return contexts.get("env")?.open !== false;
}
