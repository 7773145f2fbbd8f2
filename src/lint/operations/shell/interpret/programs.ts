import { partOf } from "../../../expressions/value.ts";
import { unknownText } from "../expand/parameter.ts";
import type { Argument, Invocation } from "../invocation.ts";
import { copyOf, type Shell } from "../shell.ts";
import type { Execute, Run, Status } from "./run.ts";
import { runChild, runEval } from "./scripts.ts";

interface Words extends Pick<Invocation, "span" | "shell"> {
  /** The program and its arguments. */
  readonly words: readonly Argument[];
}

/** Runs a program: a script of the repository is read, others are reported. */
export function runProgram({ words, span, shell }: Words, run: Run, execute: Execute): Status {
  const [program, ...args] = unwrapped(words, shell);
  if (program === undefined) return "usual";
  const path = program.value.text;
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (/^(?:ba|da|k|a|z)?sh$/.test(name))
    return runShell(args, { words, span, shell }, run, execute);
  if (/^\.{0,2}\/|\.(?:ba)?sh$/.test(path)) {
    const isOwn = !path.startsWith("/");
    if (isOwn) return runChild(program, args, shell, run, execute);
  }
  run.onCommand({ program: name, args, span, shell });
  return "usual";
}

/** `bash -c TEXT`, `bash FILE`, `bash -eo pipefail FILE`. */
function runShell(
  args: readonly Argument[],
  { span, shell }: Words,
  run: Run,
  execute: Execute,
): Status {
  let at = 0;
  while (/^-/.test(args[at]?.value.text ?? ""))
    at += /o$/i.test(args[at]?.value.text ?? "") ? 2 : 1;
  const [first, ...rest] = args.slice(at);
  if (first === undefined) return "usual";
  const isText = args.slice(0, at).some(({ value }) => /^-\w*c$/.test(value.text));
  if (isText) return runEval([first.value], { span, shell: copyOf(shell) }, run, execute);
  return runChild(first, rest, shell, run, execute);
}

/** Programs that run another one: how many arguments of their own the options take. */
const wrappers: Readonly<Record<string, Wrapper>> = {
  builtin: { valued: "" },
  command: { valued: "" },
  env: { valued: "uCS" },
  exec: { valued: "a" },
  nice: { valued: "n" },
  nohup: { valued: "" },
  stdbuf: { valued: "ioe" },
  sudo: { valued: "ugChpUrtT" },
  time: { valued: "fo" },
  timeout: { valued: "sk", operands: 1 },
  xargs: { valued: "aEIiLlnPsd", more: true },
};

interface Wrapper {
  /** Letters of options with a value of their own. */
  readonly valued: string;
  /** Arguments before the program. */
  readonly operands?: number;
  /** Whether it adds arguments that only a run can tell. */
  readonly more?: boolean;
}

/** Without `sudo`, `env NAME=value` and the like. */
function unwrapped(words: readonly Argument[], shell: Shell): readonly Argument[] {
  const name = words[0]?.value.text ?? "";
  const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined;
  if (wrapper === undefined) return words;
  let at = 1;
  for (; at < words.length; at++) {
    const word = words[at];
    const text = word?.value.text ?? "";
    const [, variable, value] = /^([A-Za-z_]\w*)=([^]*)$/.exec(text) ?? [];
    if (word !== undefined && variable !== undefined && value !== undefined) {
      shell.variables.set(variable, partOf(word.value, value));
      shell.exported.set(variable, true);
    } else if (!text.startsWith("-")) break;
    else if (text.length === 2 && wrapper.valued.includes(text.charAt(1))) at += 1;
  }
  const inner = words.slice(at + (wrapper.operands ?? 0));
  const [first] = inner;
  const added = wrapper.more === true && first !== undefined ? [moreOf(first)] : [];
  return unwrapped([...inner, ...added], shell);
}

function moreOf({ span }: Argument): Argument {
  return { value: unknownText("xargs", "job"), span, loose: true };
}
