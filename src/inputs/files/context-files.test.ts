import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemEnv } from "../../../test/support/system-env.ts";
import { compileIgnore } from "../../dockerfile/ignore/ignore.ts";
import { readIgnoreRules } from "../../dockerfile/ignore/ignore-file.ts";
import { digestOf } from "../../oci/digest.ts";
import { createContentMemory } from "./content-memory.ts";
import { type ContextHash } from "./summarise-files.ts";
import { type ContextOptions, createContextHasher } from "./context-files.ts";
import type { RawAttributes, ReadAttributes } from "./file-attributes.ts";
import type { GitState } from "./git-state.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-context-"));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, content: string | Buffer = path, mode = 0o644): void {
  const file = join(root, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
}

function hashContext(path: string, options: ContextOptions = {}): Promise<ContextHash> {
  return createContextHasher()(path, options);
}

async function digest(options: ContextOptions = {}): Promise<string> {
  return (await hashContext(root, options)).digest;
}

/** Whether `change` changes the context's digest. */
async function counts(change: () => void, options: ContextOptions = {}): Promise<boolean> {
  const before = await digest(options);
  change();
  return (await digest(options)) !== before;
}

describe("a context with filters", () => {
  const filters = [{ glob: "*.py", as: { kind: "strip-comments" } }] as const;

  it("ignores what its filters leave out of a file, and counts the rest", async () => {
    write("a.py", "x = 1  # one\n");
    expect(await counts(() => write("a.py", "x = 1\n# more\n"), { filters })).toBe(false);
    expect(await counts(() => write("a.py", "x = 2\n"), { filters })).toBe(true);
    expect(await counts(() => write("a.py", "x = 2\n", 0o755), { filters })).toBe(true);
  });

  it("counts other files whole, and every file whole without the filter", async () => {
    write("a.js", "x");
    write("a.py", "x = 1\n");
    expect(await counts(() => write("a.js", "x // y"), { filters })).toBe(true);
    expect(await counts(() => write("a.py", "x = 1 # y\n"))).toBe(true);
  });
});

describe("the hash of a context", () => {
  it("is the same on every machine", async () => {
    mkdirSync(join(root, "dir"), { mode: 0o755 });
    chmodSync(join(root, "dir"), 0o755);
    write("dir/b", "b");
    write("dir.a", "a", 0o755);
    write("ﬀ", "above the surrogates");
    write("😀", "beyond the plane");
    symlinkSync("dir/b", join(root, "link"));
    const { entries, places, ...rest } = await hashContext(root);
    expect(places).toMatch(/^[0-9a-f]{12}$/);
    expect(rest).toEqual({
      digest: "sha256:a357dceef4445bfb4937864214551c4c92c00a60b383b8d19cf9f8ae01b98d98",
      files: 5,
      bytes: 38,
      sources: ["f8227f74d90d"],
      differs: [],
      settled: "",
      changed: [],
      additions: {},
    });
    expect(Object.keys(entries).sort()).toEqual(["dir", "dir.a", "dir/b", "link", "😀", "ﬀ"]);
    const content = digestOf("a").slice(7);
    const line = ["file", "755", "dir.a", content, ""].join("\0");
    expect(entries["dir.a"]).toBe(digestOf(line).slice(7, 19));
  });

  it("counts content, names, every mode bit, link targets and empty folders", async () => {
    write("a");
    write("dir/b");
    symlinkSync("a", join(root, "link"));
    expect(
      await counts(() => {
        write("a", "other");
      }),
    ).toBe(true);
    expect(
      await counts(() => {
        write("a", "other", 0o664);
      }),
    ).toBe(true);
    expect(
      await counts(() => {
        chmodSync(join(root, "a"), 0o4755);
      }),
    ).toBe(true);
    expect(
      await counts(() => {
        chmodSync(join(root, "dir"), 0o700);
      }),
    ).toBe(true);
    expect(
      await counts(() => {
        renameSync(join(root, "a"), join(root, "c"));
      }),
    ).toBe(true);
    expect(
      await counts(() => {
        mkdirSync(join(root, "empty"));
      }),
    ).toBe(true);
    expect(
      await counts(() => {
        rmSync(join(root, "link"));
        symlinkSync("b", join(root, "link"));
      }),
    ).toBe(true);
    expect(
      await counts(() => {
        execFileSync("mkfifo", [join(root, "fifo")]);
      }),
    ).toBe(true);
  });

  it("ignores times and ignored files", async () => {
    write("a");
    write("logs/x.log");
    const options = { ignore: compileIgnore("logs") };
    expect(
      await counts(() => {
        utimesSync(join(root, "a"), 1, 1);
      }, options),
    ).toBe(false);
    expect(
      await counts(() => {
        write("logs/y.log");
      }, options),
    ).toBe(false);
  });

  it("counts a socket as the empty file that BuildKit turns it into", async () => {
    write("a");
    const before = await digest();
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(join(root, "socket"), resolve);
    });
    chmodSync(join(root, "socket"), 0o644);
    const during = await digest();
    server.close();
    write("socket", "");
    expect(during).not.toBe(before);
    expect(await digest()).toBe(during);
  });

  it("distinguishes names from contents", async () => {
    write("ab", "c");
    const before = await digest();
    rmSync(join(root, "ab"));
    write("a", "bc");
    expect(await digest()).not.toBe(before);
  });

  it("reads files larger than its buffer", async () => {
    const large = Buffer.alloc((1 << 20) * 2 + 5, "x");
    write("large", large);
    write("exact", Buffer.alloc(1 << 20, "y"));
    expect((await hashContext(root)).bytes).toBe(large.length + (1 << 20));
    large.writeUInt8(0, large.length - 1);
    expect(
      await counts(() => {
        write("large", large);
      }),
    ).toBe(true);
  });

  it("keeps files that exceptions include again, and their folders", async () => {
    write("src/keep/a.c");
    write("src/other/b.c");
    write("docs/c.md");
    const ignore = compileIgnore("*\n!src/keep");
    const hashed = await hashContext(root, { ignore });
    expect([Object.keys(hashed.entries), hashed.files]).toEqual([
      ["src", "src/keep", "src/keep/a.c"],
      1,
    ]);
    const options = { ignore };
    expect(
      await counts(() => {
        chmodSync(join(root, "src"), 0o700);
      }, options),
    ).toBe(true);
    expect(
      await counts(() => {
        chmodSync(join(root, "src/other"), 0o700);
      }, options),
    ).toBe(false);
    expect(
      await counts(() => {
        write("src/other/b.c", "changed");
      }, options),
    ).toBe(false);
    expect(
      await counts(() => {
        write("src/keep/a.c", "changed");
      }, options),
    ).toBe(true);
  });

  it("depends only on what globs name", async () => {
    write("src/a.ts");
    write("src/a.md");
    write("docs/b.ts");
    const options = { inputs: ["src/**/*.{ts,js}"] };
    expect((await hashContext(root, options)).files).toBe(1);
    expect(
      await counts(() => {
        write("src/a.md", "changed");
      }, options),
    ).toBe(false);
    expect(
      await counts(() => {
        write("docs/b.ts", "changed");
      }, options),
    ).toBe(false);
    expect(
      await counts(() => {
        write("src/a.ts", "changed");
      }, options),
    ).toBe(true);
  });

  it.each<[string, string[], string[]]>([
    [
      "what ! leaves out, and what a later glob takes again",
      ["**", "!docs", "!**/*.md", "docs/openapi.json"],
      ["docs/openapi.json", "src/a.c", "top"],
    ],
    [
      "the last glob that matches, whatever came before",
      ["!docs", "**"],
      ["docs/guide.md", "docs/openapi.json", "docs/x/y", "src/a.c", "src/a.md", "top"],
    ],
    ["nothing if only ! is given", ["!docs"], []],
    [
      "everything below a folder but one below it",
      ["docs", "!docs/x"],
      ["docs/guide.md", "docs/openapi.json"],
    ],
  ])("counts by globs %s", async (_, inputs, counted) => {
    const files = ["docs/guide.md", "docs/openapi.json", "docs/x/y", "src/a.c", "src/a.md", "top"];
    for (const file of files) write(file);
    const found: string[] = [];
    for (const file of files) {
      if (
        await counts(
          () => {
            write(file, "changed");
          },
          { inputs },
        )
      )
        found.push(file);
    }
    expect(found).toEqual(counted);
  });

  it("shows in its entries what changed: files, or folders if there are more than 64", async () => {
    write("src/a.ts");
    write("docs/b.md");
    const before = (await hashContext(root)).entries;
    write("src/a.ts", "changed");
    const after = (await hashContext(root)).entries;
    expect(Object.keys(after)).toEqual(["docs", "docs/b.md", "src", "src/a.ts"]);
    const changed = Object.keys(after).filter((path) => before[path] !== after[path]);
    expect(changed).toEqual(["src/a.ts"]);
    for (let at = 0; at < 70; at++) write(`src/${at}/x`);
    expect(Object.keys((await hashContext(root)).entries)).toEqual(["docs", "src"]);
  });

  it("warns of a .git in the context that git cannot read, unless it is ignored", async () => {
    write(".git/HEAD");
    expect((await hashContext(root)).differs).toEqual([
      `the context ${root} contains .git, but git cannot read the commit, so all files in .git count as inputs. These files differ between clones, so legs that copy them are rarely reused. If no build step reads .git, exclude it by adding the line ".git" to .dockerignore`,
    ]);
    expect((await hashContext(root, { ignore: compileIgnore(".git") })).differs).toEqual([]);
    expect((await hashContext(root, { ignore: compileIgnore(".git/*") })).differs).toEqual([]);
  });

  it("warns of modes that git does not keep, outside of .git", async () => {
    write("a", "a", 0o755);
    write(".git/objects/x", "x", 0o444);
    const warned = (await hashContext(root)).differs;
    expect(warned).toEqual([expect.stringContaining("contains .git")]);
    write("b", "b", 0o664);
    expect((await hashContext(root)).differs).toEqual([
      ...warned,
      `some files in the context ${root} have modes that git does not preserve (other than 644 and 755). With a different umask, the same commit gets a different input digest`,
    ]);
    const a = { path: "a", wildcard: false, include: undefined, exclude: [], picked: false };
    expect((await hashContext(root, { sources: [a] })).differs).toEqual([]);
  });

  it("takes the files on disk, whatever git's view of them", async () => {
    const git = (...args: string[]): void => {
      const env = { ...systemEnv, GIT_CONFIG_GLOBAL: "/dev/null", HOME: root };
      const name = [
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "-c",
        "protocol.file.allow=always",
      ];
      execFileSync("git", [...name, ...args], { cwd: root, env, stdio: "ignore" });
    };
    write("src/pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n");
    write("src/a");
    write("other/b");
    write(".gitignore", "built\n");
    git("init", "-q");
    git("add", ".");
    git("commit", "-qm", "x");
    const options = { ignore: compileIgnore(".git\n.gitmodules") };
    // A file that git ignores, and content that LFS put in place of a pointer.
    expect(
      await counts(() => {
        write("built", "x");
      }, options),
    ).toBe(true);
    expect(
      await counts(() => {
        write("src/pointer", "a large f");
      }, options),
    ).toBe(true);
    // A sparse checkout lacks files that BuildKit then lacks, too.
    expect(
      await counts(() => {
        git("sparse-checkout", "set", "--no-cone", "/*", "!/other");
      }, options),
    ).toBe(true);
    // A submodule is a folder with the files that are checked out in it.
    git("submodule", "add", "-q", root, "module");
    const { entries } = await hashContext(root, options);
    expect(Object.keys(entries)).toContain("module/src/a");
    expect(
      await counts(() => {
        write("module/src/a", "changed");
      }, options),
    ).toBe(true);
  });

  it("distinguishes names that differ in case or in Unicode composition", async () => {
    write("A", "1");
    write("a", "2");
    write("\u00fc", "3");
    write("u\u0308", "4");
    const { entries, files } = await hashContext(root);
    expect([files, Object.keys(entries).length]).toEqual([4, 4]);
    const of = async (path: string): Promise<string> => {
      const one = { path, wildcard: false, include: undefined, exclude: [], picked: false };
      return (await hashContext(root, { sources: [one] })).digest;
    };
    const digests = await Promise.all(["A", "a", "\u00fc", "u\u0308"].map(of));
    expect(new Set(digests).size).toBe(4);
  });

  it("names what it cannot read", async () => {
    write("a");
    await expect(hashContext(join(root, "missing"))).rejects.toThrow(
      `${join(root, "missing")} in the build context cannot be read`,
    );
    await expect(hashContext(join(root, "a"))).rejects.toThrow("is not a folder");
    // A name that is not UTF-8 is listed as a different name, which then does not exist.
    writeFileSync(Buffer.concat([Buffer.from(`${root}/b`), Buffer.from([0xff])]), "");
    await expect(hashContext(root)).rejects.toThrow(
      `${join(root, "b\uFFFD")} in the build context has a name that is not valid UTF-8`,
    );
    const ignore = compileIgnore("b?");
    await expect(hashContext(root, { ignore })).resolves.toMatchObject({ files: 1 });
  });

  it("does not follow links", async () => {
    symlinkSync("nowhere", join(root, "dangling"));
    symlinkSync("..", join(root, "up"));
    await expect(hashContext(root)).resolves.toMatchObject({ files: 2, bytes: 0 });
  });

  it("identifies remote contexts by their reference", async () => {
    const one = await hashContext("https://github.com/acme/app.git#v1");
    const two = await hashContext("https://github.com/acme/app.git#v2");
    expect(one).toMatchObject({ files: 0, bytes: 0, entries: {} });
    expect(one.digest).not.toBe(two.digest);
  });
});

describe("a .git in a context", () => {
  const state = { commit: "1".repeat(40), branch: "main", tags: ["v1"] };
  const whole = { wildcard: false, include: undefined, exclude: [], picked: false };

  /** Hashes with a git state for each `.git`, by its path in the context. */
  function hashWith(
    states: Readonly<Record<string, GitState>>,
    options: ContextOptions = {},
  ): Promise<ContextHash> {
    const git = (path: string): Promise<GitState | undefined> =>
      Promise.resolve(states[path.slice(root.length + 1)]);
    return createContextHasher({ git })(root, options);
  }

  beforeEach(() => {
    write("a");
    write(".git/HEAD", "ref: refs/heads/main");
    write(".git/index", "one");
  });

  it("counts by its commit, branch and tags, and not by its bytes", async () => {
    const { digest, entries, files, differs } = await hashWith({ ".git": state });
    write(".git/index", "two");
    write(".git/logs/HEAD");
    const again = await hashWith({ ".git": state });
    expect([again.digest, again.entries]).toEqual([digest, entries]);
    expect(Object.keys(entries)).toEqual([".git", "a"]);
    expect(files).toBe(1);
    expect(differs).toEqual([
      `the context ${root} contains .git, but only the commit, branch and tag count as inputs. Clones of the same commit share a leg, even if their depth, fetched tags or local changes differ (so a version from git describe --dirty may be wrong). If no build step reads .git, exclude it by adding the line ".git" to .dockerignore`,
    ]);
    for (const other of [
      { ...state, commit: "2".repeat(40) },
      { ...state, branch: undefined },
      { ...state, tags: [] },
    ]) {
      expect((await hashWith({ ".git": other })).digest).not.toBe(digest);
    }
  });

  it("counts the same, whatever part of it is taken", async () => {
    const take = async (path: string, commit: string): Promise<string> => {
      const states = { ".git": { ...state, commit } };
      return (await hashWith(states, { sources: [{ path, ...whole }] })).digest;
    };
    for (const path of [".git", ".git/HEAD", ".git/no-such-file"]) {
      const before = await take(path, "1");
      write(".git/HEAD", `${path} other`);
      expect(await take(path, "1"), path).toBe(before);
      expect(await take(path, "2"), path).not.toBe(before);
    }
  });

  it("is ignored without a warning if it is not taken", async () => {
    const others = [
      { ignore: compileIgnore(".git") },
      { ignore: compileIgnore(".git/*") },
      { sources: [{ path: "a", ...whole }] },
      { sources: [{ path: "", ...whole, include: "**/a", picked: true }] },
    ];
    for (const options of others) {
      const { digest, differs } = await hashWith({ ".git": state }, options);
      expect(differs).toEqual([]);
      const other = await hashWith({ ".git": { ...state, commit: "2" } }, options);
      expect(other.digest).toBe(digest);
    }
  });

  it("is found in a subfolder, and as a file", async () => {
    write("sub/.git", "gitdir: ../.git/modules/sub");
    const states = { ".git": state, "sub/.git": { commit: "3", branch: undefined, tags: [] } };
    const { digest } = await hashWith(states);
    write("sub/.git", "gitdir: /elsewhere/.git/modules/sub");
    expect((await hashWith(states)).digest).toBe(digest);
    const moved = { ...states, "sub/.git": { ...states["sub/.git"], commit: "4" } };
    expect((await hashWith(moved)).digest).not.toBe(digest);
  });

  it("counts with all bytes if git cannot read it", async () => {
    const { digest, differs } = await hashWith({});
    expect(differs).toEqual([expect.stringContaining("all files in .git count as inputs")]);
    expect(digest).toBe((await hashContext(root)).digest);
  });
});

describe("extended attributes", () => {
  type Given = Readonly<Record<string, Readonly<Record<string, string>>>>;

  /**
   * Hashes with attributes by path, and returns how often and for how many files they were read.
   */
  async function hashWith(
    given: Given | undefined,
    memory = createContentMemory(),
  ): Promise<ContextHash & { readonly asked: readonly number[] }> {
    const asked: number[] = [];
    const attributes: ReadAttributes = (files) => {
      asked.push(files.length);
      if (given === undefined) return Promise.resolve(undefined);
      const found = files.map((file): [string, RawAttributes] => [
        file,
        Object.entries(given[file.slice(root.length + 1)] ?? {}),
      ]);
      return Promise.resolve(new Map(found));
    };
    const hasher = createContextHasher({ attributes, memory });
    const [hashed] = await Promise.all([hasher(root), hasher(root, { inputs: ["dir"] })]);
    return { ...hashed, asked };
  }

  beforeEach(() => {
    write("a");
    write("dir/b");
  });

  it("count as BuildKit counts them: capabilities, and what is neither security nor system", async () => {
    const none = await hashWith({});
    expect(none.digest).toBe((await hashContext(root)).digest);
    const counted = [
      { a: { "user.x": "31" } },
      { a: { "user.x": "32" } },
      { a: { "user.x": "" } },
      { a: { "security.capability": "01" } },
      { a: { "trusted.x": "31" } },
      { dir: { "user.x": "31" } },
      { "dir/b": { "user.x": "31" } },
    ];
    const digests = await Promise.all(counted.map(async (given) => (await hashWith(given)).digest));
    expect(new Set([...digests, none.digest]).size).toBe(counted.length + 1);
    for (const name of ["security.selinux", "system.posix_acl_access"]) {
      expect((await hashWith({ a: { [name]: "31" } })).digest).toBe(none.digest);
    }
    const ordered = await hashWith({ a: { "user.x": "31", "user.y": "31" } });
    const other = await hashWith({ a: { "user.y": "31", "user.x": "31" } });
    expect(other.digest).toBe(ordered.digest);
  });

  it("are among what BuildKit does not compare for a file that it already has", async () => {
    expect((await hashWith({})).settled).toBe("");
    const one = (await hashWith({ a: { "user.x": "31" } })).settled;
    expect(one).not.toBe("");
    expect((await hashWith({ a: { "user.x": "32" } })).settled).not.toBe(one);
  });

  it("are read for all files at once, and again only for changed ones", async () => {
    const memory = createContentMemory(() => Date.now() + 60_000);
    const given = { a: { "user.x": "31" } };
    const first = await hashWith(given, memory);
    expect(first.asked).toEqual([3]);
    const second = await hashWith(given, memory);
    expect([second.digest, second.asked]).toEqual([first.digest, []]);
    write("dir/b", "other");
    expect((await hashWith(given, memory)).asked).toEqual([1]);
  });

  it("are ignored if they cannot be read", async () => {
    expect((await hashWith(undefined)).digest).toBe((await hashContext(root)).digest);
  });
});

describe("createContextHasher", () => {
  it("reads a file once, whatever the rules, and returns the same hash for the same rules", async () => {
    write("a");
    write("b");
    const hasher = createContextHasher();
    const all = await hasher(root);
    write("a", "changed");
    expect(await hasher(root)).toBe(all);
    const withoutB = await hasher(root, { ignore: compileIgnore("b") });
    expect(withoutB.entries["a"]).toBe(all.entries["a"]);
    expect((await hashContext(root)).entries["a"]).not.toBe(all.entries["a"]);
  });
});

describe("readIgnoreRules", () => {
  it("prefers the file beside the Dockerfile, even an empty one", () => {
    write(".dockerignore", "a");
    write("docker/app.Dockerfile.dockerignore", "b");
    write("docker/empty.Dockerfile.dockerignore", "");
    const rules = (dockerfile?: string): readonly boolean[] => {
      const read = readIgnoreRules(root, dockerfile && join(root, dockerfile));
      return [read.matches("a"), read.matches("b")];
    };
    expect(rules("docker/app.Dockerfile")).toEqual([false, true]);
    expect(rules("docker/empty.Dockerfile")).toEqual([false, false]);
    expect(rules("docker/other.Dockerfile")).toEqual([true, false]);
    expect(rules()).toEqual([true, false]);
  });
});
