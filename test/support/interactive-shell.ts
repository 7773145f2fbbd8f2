import { spawn } from "node:child_process";
import { once } from "node:events";
import { cacheHome } from "./cli.ts";
import type { Project } from "./project.ts";
import { until } from "./until.ts";

/** A shell in a pseudo-terminal, that a test types into. */
export interface InteractiveShell extends AsyncDisposable {
  /**
   * Types a line with tabs in it and leaves it unfinished. Gives what the line is then, and what was
   * printed since.
   */
  complete(line: string): Promise<{ readonly line: string; readonly shown: string }>;
}

/**
 * How each shell is started without the user's files, and what it runs first. Ctrl-X prints the line
 * and clears it: keys are read in order, so that nothing has to wait by the clock.
 */
const shells = {
  bash: {
    start: "bash --norc --noprofile -i",
    prepare: [
      "PS1=; bind 'set bell-style none'; bind 'set completion-query-items 0'",
      "bind 'set show-all-if-ambiguous on'; bind 'set page-completions off'",
      `bind -x '"\\C-x": printf "<<%s>>\\n" "$READLINE_LINE"; READLINE_LINE='`,
    ],
  },
  zsh: {
    start: "zsh -f -i",
    prepare: [
      "PS1=; unsetopt beep prompt_cr prompt_sp; setopt auto_list no_list_ambiguous list_rows_first; LISTMAX=10000",
      "autoload -Uz compinit && compinit -u -D",
      `show-line() { zle -I; print -r -- "<<$BUFFER>>"; BUFFER= }; zle -N show-line; bindkey '^X' show-line`,
    ],
  },
} as const;

/** Starts a shell in a project with this PATH, and runs a first line in it. */
export async function startShell(
  name: keyof typeof shells,
  { dir, outside }: Project,
  path: string,
  setUp: string,
): Promise<InteractiveShell> {
  const { start, prepare } = shells[name];
  const child = spawn("script", ["--quiet", "--return", "--command", start, "/dev/null"], {
    cwd: dir,
    env: {
      PATH: path,
      HOME: outside,
      XDG_CACHE_HOME: cacheHome({ outside }),
      TERM: "xterm",
      LC_ALL: "C.UTF-8",
      COLUMNS: "200",
      LINES: "60",
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const ended = once(child, "close").then(() => ({ output }));
  const say = async (text: string, pattern: RegExp): Promise<RegExpExecArray> => {
    output = "";
    child.stdin.write(text);
    await until(child.stdout, ended, () => pattern.test(output));
    const found = pattern.exec(output);
    if (found === null) throw new Error(`not printed: ${String(pattern)}\n${output}`);
    return found;
  };
  // As it is typed, the word is not in one piece.
  for (const command of [...prepare, setUp, "stty cols 200 rows 60", 'echo rea""dy']) {
    child.stdin.write(`${command}\n`);
  }
  await until(child.stdout, ended, () => output.includes("ready\r\n"));
  return {
    async complete(line) {
      const [whole, text = ""] = await say(`${line}\u0018`, /<<([^]*?)>>/);
      return { line: text, shown: (output.split(whole)[0] ?? "").replaceAll("\r", "") };
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      child.kill("SIGHUP");
      await ended;
    },
  };
}
