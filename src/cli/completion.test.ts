import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { testIo } from "../../test/support/io.ts";
import { renderCompletion } from "./completion.ts";
import { createProgram } from "./program/create-program.ts";

function script(shell: string): string {
  return renderCompletion(shell, createProgram({ io: testIo().io, done: () => undefined }));
}

/** What bash offers after these words, the last of which is still being typed. */
function offered(...words: string[]): string[] {
  const ask = `${script("bash")}
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_layerkeep
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync("bash", ["-c", ask, "bash", "layerkeep", ...words], {
    encoding: "utf8",
  });
  return out.split("\n").filter((line) => line !== "");
}

describe("bash", () => {
  it("offers the commands", () => {
    const work = [
      "init",
      "import",
      "validate",
      "config",
      "plan",
      "build",
      "publish",
      "up",
      "explain",
      "logs",
      "affected",
      "stale",
      "graph",
    ];
    expect(offered("")).toEqual([
      ...work,
      "jobs",
      "lint",
      "cache",
      "preview",
      "engine",
      "registry",
      "doctor",
      "ci",
      "completion",
      "--version",
    ]);
    expect(offered("pu")).toEqual(["publish"]);
  });

  it("offers the flags of the named command, also after other words", () => {
    expect(offered("publish", "--r").sort()).toEqual(["--refresh", "--rollback"]);
    expect(offered("up", "--jobs", "2", "--loc")).toEqual(["--local"]);
    expect(offered("plan", "--exp")).toEqual(["--explain"]);
    expect(offered("init", "--exp")).toEqual([]);
  });

  it("offers the commands of a group", () => {
    expect(offered("registry", "s")).toEqual(["serve"]);
    expect(offered("registry", "serve", "--li")).toEqual(["--listen"]);
  });
});

describe("zsh", () => {
  it("is bash's script, loaded by zsh's bashcompinit", () => {
    const [head, load, ...rest] = script("zsh").split("\n");
    expect([head, load]).toEqual([
      "#compdef layerkeep",
      "autoload -U +X bashcompinit && bashcompinit",
    ]);
    expect(rest.join("\n")).toBe(script("bash"));
  });
});

describe("fish", () => {
  it("offers commands and flags with their descriptions", () => {
    const lines = script("fish").split("\n");
    expect(lines).toContain(
      "complete -c layerkeep -n '__fish_use_subcommand' -f -a up -d 'plan, build and publish on this machine'",
    );
    expect(lines).toContain(
      "complete -c layerkeep -n '__fish_seen_subcommand_from serve' -l read-only -d 'refuse pushes, and write nothing to the data folder'",
    );
  });

  it("closes every quote", () => {
    for (const line of script("fish").split("\n")) {
      const unescaped = line.replaceAll("\\'", "");
      expect((unescaped.match(/'/g) ?? []).length % 2, line).toBe(0);
    }
  });
});

it("refuses an unknown shell", () => {
  expect(() => script("tcsh")).toThrow(
    new UsageError('no completion script for the shell "tcsh"', { hint: "use bash, zsh or fish" }),
  );
});
