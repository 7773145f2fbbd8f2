import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { EngineError } from "../../src/errors.ts";
import { run } from "./run.ts";

/** One of the machine's sources: an archive of packages with the suites that are used of it. */
export interface Source {
  /** Fields of deb822 (sources.list(5)): `URIs`, `Components`, `Signed-By` and so on, but `Suites`. */
  readonly fields: Readonly<Record<string, string>>;
  readonly suites: readonly string[];
}

interface AptOptions {
  readonly architecture: "amd64" | "arm64";
  /** Packages taken from another suite than the machine's own. */
  readonly newer?: { readonly suite: string; readonly packages: readonly string[] };
}

/** An apt with sources and lists of its own; the machine's sources are read, never changed. */
export interface Apt {
  install(packages: readonly string[]): Promise<void>;
  /** Unpacks a package into the folder without installing it. */
  unpack(name: string, folder: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * An apt that knows the machine's own suite for the architecture and, pinned so that nothing
 * else comes from there, another suite for the packages named. Throws what apt says where it
 * cannot read the archive.
 */
export async function openApt(machine: Machine, options: AptOptions): Promise<Apt> {
  const root = await mkdtemp(join(tmpdir(), "layerkeep-apt-"));
  const lists = join(root, "lists");
  await Promise.all(
    [join(lists, "partial"), join(root, "sources"), join(root, "cache/archives/partial")].map(
      (folder) => mkdir(folder, { recursive: true }),
    ),
  );
  await writeFile(join(root, "sources/machine.sources"), renderSources(machine, options));
  await writeFile(join(root, "preferences"), renderPins(options.newer));
  const apt = (args: readonly string[], purpose: string, cwd?: string) =>
    run(["apt-get", ...settings(root, options.architecture), ...args], {
      purpose,
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" },
      ...(cwd === undefined ? {} : { cwd }),
    });
  const remove = () => rm(root, { recursive: true, force: true });
  await apt(["update"], "reading the Debian package lists").catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return {
    async install(packages) {
      const flags = ["-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"];
      await apt(["install", ...flags, ...packages], `installing ${packages.join(", ")}`);
    },
    async unpack(name, folder) {
      const download = join(root, `deb-${name}`);
      await mkdir(download);
      await apt(["download", name], `downloading ${name}`, download);
      const [file] = (await readdir(download)).filter((entry) => entry.endsWith(".deb"));
      if (file === undefined) throw new EngineError(`apt downloaded nothing for ${name}`);
      await unpackInto(join(download, file), folder);
    },
    remove,
  };
}

/** What of the machine's Debian matters here. */
export interface Machine {
  readonly codename: string;
  readonly sources: readonly Source[];
}

/** Reads the machine's Debian sources. Throws an engine error where this is no Debian. */
export async function readMachine(etc = "/etc"): Promise<Machine> {
  const release = await readFile(join(etc, "os-release"), "utf8").catch(() => "");
  const value = (key: string) =>
    new RegExp(`^${key}="?([^"\\n]*)"?$`, "m").exec(release)?.[1] ?? "";
  if (value("ID") !== "debian") {
    throw new EngineError(`packages can be installed only on Debian, not on ${value("ID")}`, {
      hint: "install dockerd 26 or newer, docker-buildx, docker-registry and skopeo by hand",
    });
  }
  const codename = value("VERSION_CODENAME");
  const folder = join(etc, "apt/sources.list.d");
  const names = await readdir(folder).catch(() => []);
  const files = [join(etc, "apt/sources.list"), ...names.sort().map((name) => join(folder, name))];
  const sources = await Promise.all(files.map(readSources));
  const own = sources.flat().filter((source) => source.suites.some(isSuiteOf(codename)));
  if (!own.some((source) => source.suites.includes(codename))) {
    throw new EngineError(`apt has no source for the Debian suite ${codename}`, {
      hint: "check /etc/apt/sources.list and /etc/apt/sources.list.d",
    });
  }
  return { codename, sources: own };
}

/** The sources of a `.sources` file (deb822) or of one with a line for each. */
export function parseSources(text: string, style: "deb822" | "lines"): Source[] {
  return style === "deb822" ? parseStanzas(text) : parseLines(text);
}

async function readSources(file: string): Promise<Source[]> {
  const style = file.endsWith(".sources") ? "deb822" : file.endsWith(".list") ? "lines" : undefined;
  if (style === undefined) return [];
  return parseSources(await readFile(file, "utf8").catch(() => ""), style);
}

function parseStanzas(text: string): Source[] {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  return lines
    .join("\n")
    .split(/\n\s*\n/)
    .flatMap((stanza) => {
      // A line that begins with a blank goes on with the field above it.
      const entries = stanza
        .split(/\n(?!\s)/)
        .map((line) => /^([A-Za-z-]+):\s*([\s\S]*)$/.exec(line.trim()))
        .filter((match) => match !== null)
        .map((match) => [match[1] ?? "", match[2] ?? ""] as const);
      const { Suites, Types, Enabled, ...fields } = Object.fromEntries(entries);
      const used = Types?.split(/\s+/).includes("deb") === true && Enabled?.trim() !== "no";
      return used && Suites !== undefined ? [{ fields, suites: Suites.split(/\s+/) }] : [];
    });
}

function parseLines(text: string): Source[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
    const [, options, uri, suite, components] = match ?? [];
    if (uri === undefined || suite === undefined || components === undefined) return [];
    const signedBy = /(?:^|\s)signed-by=(\S+)/.exec(options ?? "")?.[1];
    const trusted = /(?:^|\s)trusted=(\S+)/.exec(options ?? "")?.[1];
    const fields = {
      URIs: uri,
      Components: components.trim(),
      ...(signedBy === undefined ? {} : { "Signed-By": signedBy.split(",").join(" ") }),
      ...(trusted === undefined ? {} : { Trusted: trusted }),
    };
    return [{ fields, suites: [suite] }];
  });
}

function isSuiteOf(codename: string) {
  return (suite: string) => suite === codename || suite.startsWith(`${codename}-`);
}

/** The machine's sources again, and its main one a second time with the other suite's name. */
function renderSources({ codename, sources }: Machine, options: AptOptions): string {
  const main = sources.find((source) => source.suites.includes(codename));
  const newer = options.newer;
  const all =
    newer === undefined || newer.suite === codename || main === undefined
      ? sources
      : [...sources, { fields: main.fields, suites: [newer.suite] }];
  return all
    .map(({ fields, suites }) => {
      const stanza = { ...fields, Suites: suites.join(" "), Architectures: options.architecture };
      const lines = Object.entries({ Types: "deb", ...stanza });
      return lines.map(([key, value]) => `${key}: ${value}\n`).join("");
    })
    .join("\n");
}

function renderPins(newer: AptOptions["newer"]): string {
  if (newer === undefined) return "";
  const pin = (packages: string, priority: number) =>
    `Package: ${packages}\nPin: release n=${codenameOf(newer.suite)}\nPin-Priority: ${priority}\n`;
  return `${pin("*", -10)}\n${pin(newer.packages.join(" "), 990)}`;
}

/** Release files carry the codename, which for unstable is another word. */
function codenameOf(suite: string): string {
  return suite === "unstable" ? "sid" : suite;
}

function settings(root: string, architecture: string): string[] {
  const options = {
    "Dir::Etc::SourceList": "/dev/null",
    "Dir::Etc::SourceParts": join(root, "sources"),
    "Dir::Etc::Preferences": join(root, "preferences"),
    "Dir::State::Lists": join(root, "lists"),
    "Dir::Cache": join(root, "cache"),
    // Container images switch these off, and then each call reads the lists again for seconds.
    "Dir::Cache::pkgcache": "pkgcache.bin",
    "Dir::Cache::srcpkgcache": "srcpkgcache.bin",
    "Acquire::GzipIndexes": "false",
    "Acquire::Languages": "none",
    // A frozen mirror's lists are signed all the same.
    "Acquire::Check-Valid-Until": "false",
    "Acquire::Retries": "3",
    // Downloads run as the user _apt otherwise, which may not read a private folder.
    "APT::Sandbox::User": "root",
    "APT::Architecture": architecture,
    "APT::Architectures": architecture,
  };
  return ["-q", ...Object.entries(options).flatMap(([key, value]) => ["-o", `${key}=${value}`])];
}

/** Unpacks beside the folder and renames, so that a half one is never taken for a whole one. */
async function unpackInto(deb: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const fresh = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
  try {
    await run(["dpkg-deb", "-x", deb, fresh], { purpose: `unpacking ${basename(deb)}` });
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}
