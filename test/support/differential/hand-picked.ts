import type { CaseChange, CaseEntry, DifferentialCase } from "./case.ts";

/** A case of which it is known how it must come out, on the engine and with us. */
export interface HandPicked extends DifferentialCase {
  readonly engine: "missed" | "hit" | "broken";
  /** Whether the digest changes although every step hits, and why that is. */
  readonly imprecise?: string;
}

type Rest = Partial<Pick<HandPicked, "ignore" | "args" | "imprecise">>;

/** Cases for each rule; those that the generator found wrong are among them. */
export function handPickedCases(
  base: (name: string) => string,
  busybox: string,
): readonly HandPicked[] {
  const one = "FROM scratch\n";
  return [
    c("a file", "missed", `${one}COPY src/a /@ID@/\n`, tree, content("src/a")),
    c("a file beside it", "hit", `${one}COPY src/a /@ID@/\n`, tree, content("src/b.md")),
    c("a file's mode", "missed", `${one}COPY src/a /@ID@/\n`, tree, mode("src/a")),
    c("the mode of a file's folder", "hit", `${one}COPY src/a /@ID@/\n`, tree, mode("src")),
    c(
      "the mode of a copied folder",
      "hit",
      `${one}COPY src /@ID@/\n`,
      tree,
      mode("src"),
      folderMode,
    ),
    c("a new file in a folder", "missed", `${one}COPY src/ /@ID@/\n`, tree, add("src/new")),
    c("a new file in no folder", "hit", `${one}COPY src /@ID@/\n`, tree, add("new")),
    c("an absolute path", "missed", `${one}COPY /src/a /@ID@/\n`, tree, content("src/a")),
    c("a path above the top", "missed", `${one}COPY ../../src /@ID@/\n`, tree, content("src/a")),
    c("everything", "missed", `${one}COPY . /@ID@/\n`, tree, content("lib/c.c")),
    c("what a wildcard newly matches", "missed", `${one}COPY *.c /@ID@/\n`, tree, add("new.c")),
    c("what a wildcard does not match", "hit", `${one}COPY *.c /@ID@/\n`, tree, add("src/new.c")),
    c("a wildcard's folder", "missed", `${one}COPY s* /@ID@/\n`, tree, content("src/deep/x")),
    c("the mode of a folder below a wildcard", "hit", `${one}COPY */a /@ID@/\n`, tree, mode("src")),
    c("a class", "missed", `${one}COPY [a-z]rc/a /@ID@/\n`, tree, content("src/a")),
    c("a negated class", "hit", `${one}COPY [^s]* /@ID@/\n`, tree, content("src/a")),
    c("another case of a name", "hit", `${one}COPY src /@ID@/\n`, tree, add("Src/a")),
    c("a name beyond ASCII", "missed", `${one}COPY Ünï /@ID@/\n`, tree, content("Ünï")),
    c(
      "an excluded file",
      "hit",
      `${one}COPY --exclude=*.md src /@ID@/\n`,
      tree,
      content("src/b.md"),
    ),
    c(
      "a file beside an excluded one",
      "missed",
      `${one}COPY --exclude=*.md src /@ID@/\n`,
      tree,
      content("src/a"),
    ),
    c(
      "a pattern with a slash in front",
      "missed",
      `${one}COPY --exclude=/b.md src /@ID@/\n`,
      tree,
      content("src/b.md"),
    ),
    c(
      "an exclusion of an exclusion",
      "missed",
      `${one}COPY --exclude=** --exclude=!**/x src /@ID@/\n`,
      tree,
      content("src/deep/x"),
    ),
    c(
      "two exclusions",
      "hit",
      `${one}COPY --exclude=*.md --exclude=deep src /@ID@/\n`,
      tree,
      content("src/deep/x"),
    ),
    c(
      "a single file that is excluded",
      "hit",
      `${one}COPY --exclude=** src/a /@ID@/\n`,
      tree,
      content("src/a"),
      {
        imprecise: "what an instruction names itself counts, whatever it excludes",
      },
    ),
    c("a link's target", "missed", `${one}COPY to-a /@ID@/\n`, links, content("src/a")),
    c(
      "a link to another place",
      "missed",
      `${one}COPY to-a /@ID@/\n`,
      links,
      link("to-a", "src/b.md"),
    ),
    c("a folder behind a link", "missed", `${one}COPY to-src/a /@ID@/\n`, links, content("src/a")),
    c(
      "beside a file behind a link",
      "hit",
      `${one}COPY to-src/a /@ID@/\n`,
      links,
      content("src/b.md"),
    ),
    c("a link that is absolute", "missed", `${one}COPY to-top/a /@ID@/\n`, links, content("src/a")),
    c(
      "the target of a link in a folder",
      "hit",
      `${one}COPY holds /@ID@/\n`,
      links,
      content("src/a"),
    ),
    c(
      "the target of a link in a wildcard's folder",
      "missed",
      `${one}COPY src lib hold* /@ID@/\n`,
      links,
      content("src/a"),
    ),
    c(
      "a link in a folder",
      "missed",
      `${one}COPY holds /@ID@/\n`,
      links,
      link("holds/l", "../src/b.md"),
    ),
    c("a folder's rename", "broken", `${one}COPY src /@ID@/\n`, tree, rename("src", "source")),
    c("a file that goes", "broken", `${one}COPY src/a /@ID@/\n`, tree, {
      kind: "delete",
      path: "ctx/src/a",
    }),
    c(
      "a value with a default",
      "missed",
      `${one}ARG D\nCOPY \${D:-src} /@ID@/\n`,
      tree,
      content("src/a"),
    ),
    c(
      "a value that is given",
      "hit",
      `${one}ARG D\nCOPY \${D:-src} /@ID@/\n`,
      tree,
      content("src/a"),
      { args: { D: "lib" } },
    ),
    c(
      "a value instead",
      "missed",
      `${one}ARG D=x\nCOPY \${D:+src} /@ID@/\n`,
      tree,
      content("src/a"),
    ),
    c(
      "a prefix that goes",
      "missed",
      `${one}ENV D=x-src\nCOPY \${D#x-} /@ID@/\n`,
      tree,
      content("src/a"),
    ),
    c(
      "the longest prefix",
      "missed",
      `${one}ENV D=a/b/src\nCOPY \${D##*/} /@ID@/\n`,
      tree,
      content("src/a"),
    ),
    c(
      "a suffix that goes",
      "missed",
      `${one}ENV D=src.tgz\nCOPY \${D%.*} /@ID@/\n`,
      tree,
      content("src/a"),
    ),
    c(
      "a replacement",
      "missed",
      `${one}ENV D=s-r-c\nCOPY \${D//-/} /@ID@/\n`,
      tree,
      content("src/a"),
    ),
    c(
      "ENV before ARG",
      "missed",
      `${one}ENV D=lib\nARG D=src\nCOPY $D /@ID@/\n`,
      tree,
      content("src/a"),
    ),
    c(
      "a variable of another stage",
      "missed",
      `${one.trim()} AS a\nENV D=src\nFROM a\nCOPY $D /@ID@/\n`,
      tree,
      content("src/a"),
    ),
    c(
      "a stage chosen by argument",
      "missed",
      `ARG T=x\nFROM scratch AS x\nCOPY src /@ID@/\nFROM scratch AS y\nCOPY lib /@ID@/\nFROM \${T}\nCOPY root.c /@ID@/2/\n`,
      tree,
      content("src/a"),
    ),
    c(
      "a stage that is not chosen",
      "hit",
      `ARG T=x\nFROM scratch AS x\nCOPY src /@ID@/\nFROM scratch AS y\nCOPY lib /@ID@/\nFROM \${T}\nCOPY root.c /@ID@/2/\n`,
      tree,
      content("src/a"),
      { args: { T: "y" } },
    ),
    c(
      "a trigger of a stage",
      "missed",
      `${one.trim()} AS a\nONBUILD COPY src /@ID@/\nFROM a\nCOPY lib /@ID@/2/\n`,
      tree,
      content("src/a"),
    ),
    c("a heredoc alone", "hit", `${one}COPY <<EOF /@ID@/h\ntext\nEOF\n`, tree, content("src/a")),
    c(
      "what is in a heredoc after a blank",
      "hit",
      `FROM ${busybox}\nRUN --mount=target=/m,source=src cat << "E O F" # @ID@\nCOPY lib /x\nE O F\n`,
      tree,
      content("lib/c.c"),
    ),
    c(
      "beside a heredoc after a blank",
      "missed",
      `FROM ${busybox}\nRUN --mount=target=/m,source=src cat << EOF # @ID@\nCOPY lib /x\nEOF\n`,
      tree,
      content("src/a"),
    ),
    c(
      "a heredoc after a part of a variable",
      "missed",
      `FROM ${busybox}\nRUN --mount=target=/m,source=src : \${x:1} <<EOF # @ID@\nCOPY lib /x\nEOF\n`,
      tree,
      content("src/a"),
    ),
    c(
      "an exclusion beyond ASCII, which BuildKit reads byte by byte",
      "missed",
      `${one}COPY --exclude=Ünï . /@ID@/\n`,
      tree,
      content("Ünï"),
    ),
    c(
      "a class of POSIX in an ignore file",
      "hit",
      `${one}COPY . /@ID@/\n`,
      tree,
      content("src/a"),
      ignored("src/[[:alpha:]]\n"),
    ),
    c(
      "beside a class of POSIX in an ignore file",
      "missed",
      `${one}COPY . /@ID@/\n`,
      tree,
      content("src/b.md"),
      ignored("src/[[:alpha:]]\n"),
    ),
    c(
      "a wrong pattern that is never compared",
      "missed",
      `${one}COPY src /@ID@/\n`,
      tree,
      content("src/a"),
      ignored("![b-a]\n"),
    ),
    c("--link", "missed", `${one}COPY --link src /@ID@/\n`, tree, content("src/a")),
    c("--chmod", "missed", `${one}COPY --chmod=700 src /@ID@/\n`, tree, mode("src/a")),
    c("ADD", "missed", `${one}ADD src /@ID@/\n`, tree, content("src/a")),
    c("the JSON form", "missed", `${one}COPY ["src/a", "/@ID@/"]\n`, tree, content("src/a")),
    c(
      "an ignored file",
      "hit",
      `${one}COPY . /@ID@/\n`,
      tree,
      content("src/b.md"),
      ignored("**/*.md\n"),
    ),
    c(
      "a file that is taken back",
      "missed",
      `${one}COPY . /@ID@/\n`,
      tree,
      content("src/a"),
      ignored("*\n!src\n"),
    ),
    c("the folder of what is taken back", "hit", `${one}COPY . /@ID@/\n`, tree, mode("src"), {
      ...ignored("*\n!src/a\n"),
      ...folderMode,
    }),
    c(
      "an ignored folder's mode",
      "hit",
      `${one}COPY . /@ID@/\n`,
      tree,
      mode("src"),
      ignored("src\n"),
    ),
    c(
      "an ignored file, if the ignore file is a link within the context",
      "hit",
      `${one}COPY src /@ID@/\n`,
      [...tree, entry("ctx/.dockerignore", "link", "/root.ignore"), ignoreFile("ctx/root.ignore")],
      content("src/b.md"),
    ),
    c(
      "an ignore file that is a link out of the context",
      "missed",
      `${one}COPY src /@ID@/\n`,
      [...tree, entry("ctx/.dockerignore", "link", "../other/i"), ignoreFile("other/i")],
      content("src/b.md"),
    ),
    c(
      "a named context's ignore file that is a link out of it",
      "missed",
      `${one}COPY --from=other . /@ID@/\n`,
      [...tree, entry("other/.dockerignore", "link", "../ctx/i"), ignoreFile("ctx/i"), md],
      content("c.md", "other"),
    ),
    c(
      "the ignore file beside the Dockerfile",
      "hit",
      `${one}COPY src /@ID@/\n`,
      tree,
      content("src/a"),
      {
        ignore: { text: "src/a\n", beside: true },
      },
    ),
    c(
      "a named context",
      "missed",
      `${one}COPY --from=other a /@ID@/\n`,
      tree,
      content("a", "other"),
    ),
    c(
      "another file of a named context",
      "hit",
      `${one}COPY --from=other a /@ID@/\n`,
      tree,
      content("b", "other"),
    ),
    c(
      "a named context's wildcard",
      "missed",
      `${one}COPY --from=other * /@ID@/\n`,
      tree,
      add("new", "other"),
    ),
    c("a new socket", "missed", `${one}COPY src /@ID@/\n`, tree, special("socket", "src/s")),
    c("a socket's mode", "missed", `${one}COPY src /@ID@/\n`, sockets, mode("src/s")),
    c(
      "an empty file instead of a socket",
      "hit",
      `${one}COPY src /@ID@/\n`,
      sockets,
      special("empty", "src/s"),
    ),
    c("a new pipe", "missed", `${one}COPY src /@ID@/\n`, tree, special("fifo", "src/p")),
    c("a socket that is not taken", "hit", `${one}COPY lib /@ID@/\n`, sockets, mode("src/s")),
    c("a bind mount", "missed", run(busybox, "source=src"), tree, content("src/a")),
    c("beside a bind mount", "hit", run(busybox, "source=src"), tree, content("lib/c.c")),
    c("a bind mount of everything", "missed", run(busybox, "rw"), tree, content("lib/c.c")),
    c(
      "a bind mount through a link",
      "missed",
      run(busybox, "source=to-src"),
      links,
      content("src/a"),
    ),
    c("a bind mount that is written", "missed", run(busybox, "source=src,rw"), tree, mode("src/a")),
    c(
      "a bind mount of a named context",
      "missed",
      run(busybox, "from=other,source=a"),
      tree,
      content("a", "other"),
    ),
    c(
      "an image's variable",
      "missed",
      `FROM ${base("env")}\nCOPY $D /@ID@/\n`,
      tree,
      content("src/a"),
    ),
    c(
      "beside an image's variable",
      "hit",
      `FROM ${base("env")}\nCOPY $D /@ID@/\n`,
      tree,
      content("lib/c.c"),
    ),
    c(
      "an image's trigger",
      "missed",
      `FROM ${base("copy")}\nCOPY root.c /@ID@/\n`,
      tree,
      content("lib/c.c"),
    ),
    c(
      "beside an image's trigger",
      "hit",
      `FROM ${base("copy")}\nCOPY root.c /@ID@/\n`,
      tree,
      content("src/a"),
    ),
    c(
      "a trigger's argument",
      "missed",
      `FROM ${base("arg")}\nCOPY root.c /@ID@/\n`,
      tree,
      content("lib/c.c"),
      { args: { D: "lib" } },
    ),
    c(
      "a trigger that takes everything",
      "missed",
      `FROM ${base("all")}\nCOPY root.c /@ID@/\n`,
      tree,
      add("new"),
    ),
    c(
      "a trigger's named context",
      "missed",
      `FROM ${base("other")}\nCOPY root.c /@ID@/\n`,
      tree,
      content("a", "other"),
    ),
    c(
      "beside a trigger's named context",
      "hit",
      `FROM ${base("other")}\nCOPY root.c /@ID@/\n`,
      tree,
      content("b", "other"),
    ),
  ];
}

/** A folder that was sent before is not sent again for its mode; to another engine it is. */
const folderMode = { imprecise: "on another machine the step misses" };

function c(
  name: string,
  engine: HandPicked["engine"],
  dockerfile: string,
  entries: readonly CaseEntry[],
  change: CaseChange,
  rest: Rest = {},
): HandPicked {
  return { name, engine, dockerfile, entries, change, ...rest };
}

function run(busybox: string, mount: string): string {
  return `FROM ${busybox}\nRUN --mount=type=bind,target=/m,${mount} : @ID@\n`;
}

function entry(path: string, kind: CaseEntry["kind"] = "file", text = path): CaseEntry {
  return { path, kind, text, mode: kind === "dir" ? 0o755 : 0o644 };
}

const tree = [
  ...["src/a", "src/b.md", "src/deep/x", "lib/c.c", "root.c", "Ünï"].map((path) =>
    entry(`ctx/${path}`),
  ),
  ...["a", "b"].map((path) => entry(`other/${path}`)),
];

const links = [
  ...tree,
  entry("ctx/to-a", "link", "src/a"),
  entry("ctx/to-src", "link", "./src"),
  entry("ctx/to-top", "link", "/src"),
  entry("ctx/holds/l", "link", "../src/a"),
];

const sockets = [...tree, entry("ctx/src/s", "socket")];

const md = entry("other/c.md");

/** The first line, to which each case adds its name, leaves out nothing. */
function ignoreFile(path: string): CaseEntry {
  return entry(path, "file", "\n**/*.md\n");
}

function special(kind: "socket" | "fifo" | "empty", path: string): CaseChange {
  return { kind, path: `ctx/${path}`, mode: 0o644 };
}

function content(path: string, root = "ctx"): CaseChange {
  return { kind: "content", path: `${root}/${path}`, text: "" };
}

function add(path: string, root = "ctx"): CaseChange {
  return { kind: "add", path: `${root}/${path}`, text: "new" };
}

function mode(path: string): CaseChange {
  return { kind: "mode", path: `ctx/${path}`, mode: 0o711 };
}

function link(path: string, text: string): CaseChange {
  return { kind: "link", path: `ctx/${path}`, text };
}

function rename(path: string, to: string): CaseChange {
  return { kind: "rename", path: `ctx/${path}`, to: `ctx/${to}` };
}

function ignored(text: string): Rest {
  return { ignore: { text, beside: false } };
}
