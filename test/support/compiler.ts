import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Copies this machine's gcc and ccache, and all that they need to compile C without headers, into
 * a folder that a Dockerfile copies to `/`.
 */
export function copyCompiler(folder: string): void {
  const ask = (command: string, ...args: string[]): string =>
    execFileSync(command, args, { encoding: "utf8" }).trim();
  const gcc = ["cc1", "as"].map((name) => ask("gcc", `-print-prog-name=${name}`));
  const programs = ["gcc", "ccache", ...gcc].map((name) => ask("which", name));
  const libraries = programs.flatMap((path) => ask("ldd", path).match(/\/\S+(?= \()/g) ?? []);
  for (const path of new Set([...programs, ...libraries])) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(path, target);
    // ccache knows a compiler by its time, and layers have whole seconds.
    utimesSync(target, 1_700_000_000, 1_700_000_000);
  }
  // gcc includes it in everything.
  mkdirSync(join(folder, "usr/include"), { recursive: true });
  writeFileSync(join(folder, "usr/include/stdc-predef.h"), "");
}

/** Numbered C sources without headers, as a project's files. */
export function cSources(count: number, folder = "c"): Record<string, string> {
  const sources = Array.from({ length: count }, (_, number) => {
    const text = Array.from(
      { length: 20 },
      (__, at) =>
        `int f${number}_${at}(int a) { int s = ${at}; while (a--) s += a * s; return s; }\n`,
    );
    return [`${folder}/${number}.c`, text.join("")] as const;
  });
  return Object.fromEntries(sources);
}
