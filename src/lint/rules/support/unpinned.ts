/** A command that installs whatever is newest when it runs, such as `apt-get install`. */
export function unpinnedCommand(script: string): string | undefined {
  const commands = script.replaceAll(/\\\r?\n/g, " ").split(/&&|\|\||;|\n/);
  for (const command of commands) {
    const found = installers.find(({ pattern, isPinned }) => {
      const [, words] = pattern.exec(command) ?? [];
      return words !== undefined && !isPinned(packagesIn(words));
    });
    if (found !== undefined) return found.name;
  }
  return undefined;
}

interface Installer {
  readonly name: string;
  /** Its group has what is installed. */
  readonly pattern: RegExp;
  readonly isPinned: (packages: readonly string[]) => boolean;
}

const every =
  (version: RegExp) =>
  (packages: readonly string[]): boolean =>
    packages.every((name) => version.test(name));
const never = (): boolean => false;

const installers: readonly Installer[] = [
  {
    name: "apt-get install",
    pattern: /\bapt(?:-get)?\b(?: +-\S+)* +install\b(.*)/,
    isPinned: every(/=|^\$|^\.?\/|\.deb$/),
  },
  {
    name: "apt-get upgrade",
    pattern: /\bapt(?:-get)?\b(?: +-\S+)* +(?:dist-|full-)?upgrade\b(.*)/,
    isPinned: never,
  },
  { name: "apk add", pattern: /\bapk\b(?: +-\S+)* +add\b(.*)/, isPinned: every(/[=~]|^\$/) },
  { name: "apk upgrade", pattern: /\bapk\b(?: +-\S+)* +upgrade\b(.*)/, isPinned: never },
  {
    name: "dnf install",
    pattern: /\b(?:micro|t)?(?:dnf|yum)\b(?: +-\S+)* +install\b(.*)/,
    isPinned: every(/-\d|^\$|\.rpm$/),
  },
  {
    name: "pip install",
    pattern: /\bpip3?\b(?: +-\S+)* +install\b(.*)/,
    isPinned: every(/==|@|^\$|^\.|^\/|\.whl$|\.txt$|^(?:pip|setuptools|wheel)$/),
  },
  {
    name: "npm install -g",
    pattern: /\bnpm\b(?: +-\S+)* +(?:install|i)\b(?=.* (?:-g|--global)\b)(.*)/,
    isPinned: every(/.@\d|^\$|^\.?\/|\.tgz$/),
  },
  {
    name: "go install",
    pattern: /\bgo +install\b(.*)/,
    isPinned: (packages) => !packages.some((name) => name.endsWith("@latest")),
  },
  {
    name: "gem install",
    pattern: /\bgem +install\b(?!.* (?:-v|--version)\b)(.*)/,
    isPinned: every(/:\d|^\$|\.gem$/),
  },
  {
    name: "a downloaded script",
    pattern: /\b(?:curl|wget)\b(.*\| *(?:sudo +)?(?:ba|z)?sh)\b/,
    isPinned: (words) => words.some((word) => /\d+\.\d+/.test(word)),
  },
];

/** What is left of a command without its options. */
function packagesIn(words: string): readonly string[] {
  return words
    .replace(/\s\d?>.*$/, "")
    .split(/\s+/)
    .map((word) => word.replaceAll(/["']/g, ""))
    .filter((word) => word !== "" && !word.startsWith("-"));
}
