/*
 * Files pass between the builder and this machine without their owners, and with modes that let
 * this user read them. What they have in the mount is in a list beside them, one line each:
 * `MODE UID GID ./PATH`, as `stat` of GNU and of busybox writes it. Names with line breaks are not
 * in it. Text is latin1, so that it may be any bytes.
 */

/** What a mount declares of its folder, and what files are created with. */
export interface Declared {
  readonly uid: string | null;
  readonly gid: string | null;
  readonly mode: string | null;
}

/** The mode and owner of a file in a mount. */
export interface Attributes {
  /** Octal, as `stat` writes it: `755`; `-` for a link, which has none. */
  readonly mode: string;
  readonly uid: string;
  readonly gid: string;
  /** `./lib/a`; the mount's folder is `.`. */
  readonly path: string;
}

/** Reads a list; lines that are not of its form are dropped. */
export function parseAttributes(text: string): readonly Attributes[] {
  return text.split("\n").flatMap((line) => {
    const [, mode, uid, gid, path] = /^([0-7]{1,4}|-) (\d+) (\d+) (\.(?:\/.*)?)$/.exec(line) ?? [];
    if (mode === undefined || uid === undefined || gid === undefined || path === undefined)
      return [];
    return [{ mode, uid, gid, path }];
  });
}

export function renderAttributes(all: readonly Attributes[]): string {
  return all.map(({ mode, uid, gid, path }) => `${mode} ${uid} ${gid} ${path}\n`).join("");
}

/**
 * Those that are not what a file gets anyway: the owner that the mount declares, and the mode that
 * it has on this machine (`modeOf`; undefined for a link).
 */
export function keepUnusual(
  all: readonly Attributes[],
  declared: Declared,
  modeOf: (path: string) => number | undefined,
): readonly Attributes[] {
  const [uid, gid] = [declared.uid ?? "0", declared.gid ?? "0"];
  return all.flatMap((one) => {
    if (one.path === ".") return [one];
    const mode = modeOf(one.path);
    const isUsual = mode === undefined || mode === Number.parseInt(one.mode, 8);
    if (isUsual && one.uid === uid && one.gid === gid) return [];
    return [mode === undefined ? { ...one, mode: "-" } : one];
  });
}

/** Shell commands that give the files in a folder their owners and modes again. */
export function restoreCommands(all: readonly Attributes[], declared: Declared): string {
  const [uid, gid] = [declared.uid ?? "0", declared.gid ?? "0"];
  const folder = { mode: declared.mode ?? "755", uid, gid, path: "." };
  const listed = all.some(({ path }) => path === ".") ? all : [folder, ...all];
  const commands = [
    ...(uid === "0" && gid === "0" ? [] : [`chown -R ${uid}:${gid} .`]),
    // chown clears setuid and setgid, so modes come last.
    ...grouped(listed, (one) => `chown -h ${one.uid}:${one.gid}`),
    ...grouped(
      listed.filter(({ mode }) => mode !== "-"),
      ({ mode }) => `chmod ${mode}`,
    ),
  ];
  return `set -e\n${commands.join("\n")}\n`;
}

/** A command line has at most some 128 kB on Linux. */
const mostPaths = 200;

function grouped(
  all: readonly Attributes[],
  commandOf: (one: Attributes) => string,
): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const one of all) {
    const command = commandOf(one);
    const paths = groups.get(command);
    if (paths === undefined) groups.set(command, [quote(one.path)]);
    else paths.push(quote(one.path));
  }
  return [...groups].flatMap(([command, paths]) => {
    const lines: string[] = [];
    for (let at = 0; at < paths.length; at += mostPaths) {
      lines.push(`${command} ${paths.slice(at, at + mostPaths).join(" ")}`);
    }
    return lines;
  });
}

function quote(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
