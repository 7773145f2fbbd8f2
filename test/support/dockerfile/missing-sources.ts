import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A Dockerfile below `FROM scratch`, built with the folder of `openSources`. */
export interface SourceCase {
  readonly text: string;
  /** Whether BuildKit fails because a source is missing. */
  readonly fails: boolean;
  /** It fails, but we do not tell: we never report what may work. */
  readonly untold?: true;
  /** Needs a base image with a shell, instead of scratch. */
  readonly runs?: true;
}

const works = (text: string): SourceCase => ({ text, fails: false });
const fails = (text: string): SourceCase => ({ text, fails: true });

export const sourceCases: readonly SourceCase[] = [
  // Paths
  works("COPY a /x"),
  fails("COPY no /x"),
  fails("COPY a no /x/"),
  fails("COPY A /x"),
  works("COPY /a /x"),
  works("COPY ../a /x"),
  works("COPY a/ /x"),
  fails("COPY a/b /x"),
  fails("COPY d/../no /x"),
  works("COPY d/no/../e /x"),
  works("COPY . /x"),
  works("COPY empty /x/"),
  fails('COPY "no" /x/'),
  works('COPY ["sp ace", "/x"]'),
  fails('COPY ["a b", "/x"]'),
  fails("COPY --link no /x/"),
  fails("COPY --chown=1:1 no /x/"),
  fails("COPY .git /x/"),
  // ADD
  works("ADD a /x"),
  fails("ADD no /x"),
  fails("ADD no.tar.gz /x"),
  works("ADD no* /x/"),
  // Wildcards
  works("COPY no* /x/"),
  works("COPY yarn.loc[k] /x/"),
  works("COPY package.json yarn.loc[k] /x/"),
  fails("COPY none/*.txt /x/"),
  // BuildKit asks for what matches, so that it does not even get the folder.
  { ...fails("COPY d/*.txt /x/"), untold: true },
  works("COPY */no /x/"),
  fails("COPY dangling/*.txt /x/"),
  works("COPY \\[x\\] /x"),
  works("COPY [x] /x/"),
  { ...fails("COPY danglin* /x/"), untold: true },
  // Ignored
  fails("COPY hidden /x"),
  fails("COPY hiddenfolder /x/"),
  fails("COPY hiddenfolder/f /x/"),
  works("COPY back /x/"),
  works("COPY back/keep /x/"),
  fails("COPY back/other /x/"),
  fails("COPY Dockerfile /x"),
  works("COPY hidde* /x/"),
  // Links
  works("COPY link /x"),
  works("COPY linkedfolder/e /x"),
  fails("COPY linkedfolder/no /x"),
  fails("COPY dangling /x"),
  fails("COPY outside /x"),
  fails("COPY linktohidden /x"),
  // --exclude
  works("COPY --exclude=* d /x/"),
  works("COPY --exclude=a a /x/"),
  works("COPY --exclude=*.md no* /x/"),
  fails("COPY --exclude=*.md no /x/"),
  fails("COPY --exclude=z dangling /x/"),
  // Variables
  fails("ARG P=no\nCOPY $P /x"),
  works("ARG P=a\nCOPY ${P} /x"),
  works("COPY ${P}a /x"),
  works("ARG P\nCOPY a $P /x/"),
  fails("ENV P=d\nCOPY $P/no /x"),
  works("ARG P\nCOPY ${P:-a} /x"),
  // Heredocs
  works("COPY <<EOF /x\nno\nEOF"),
  works("COPY a <<f /x/\nhi\nf"),
  fails("COPY a <<f no /x/\nhi\nf"),
  // Stages
  works("COPY a /a\nFROM scratch AS other\nCOPY a /x"),
  works("COPY no /x\nFROM scratch AS last\nCOPY a /x"),
  fails("COPY no /x\nFROM first\nCOPY a /x"),
  fails("COPY no /x\nFROM scratch AS last\nCOPY --from=0 /x /x"),
  works("ONBUILD COPY no /x\nCOPY a /x"),
  fails("ONBUILD COPY no /x\nFROM first\nCOPY a /x"),
  works("COPY a /no\nFROM scratch\nCOPY --from=first /no /x"),
  // Named contexts
  works("COPY --from=named c /x"),
  fails("COPY --from=named no /x"),
  fails("COPY --from=named a /x"),
  fails("COPY --from=named hidden /x"),
  works("COPY --from=named no* /x"),
  fails("COPY --from=named /x/c /x"),
  // Mounts
  ...[
    works("RUN --mount=type=bind,source=a,target=/y true"),
    fails("RUN --mount=type=bind,source=no,target=/y true"),
    fails("RUN --mount=type=bind,src=n*,target=/y true"),
    fails("RUN --mount=source=no,target=/y true"),
    works("RUN --mount=type=bind,from=named,source=c,target=/y true"),
    fails("RUN --mount=type=bind,from=named,source=no,target=/y true"),
    fails("RUN --mount=type=cache,from=named,source=no,target=/y true"),
    { ...fails("RUN --mount=type=cache,source=no,target=/y true"), untold: true as const },
    works("RUN --mount=type=secret,id=no,target=/y true"),
  ].map((one) => ({ ...one, runs: true as const })),
];

/** A folder with a build context `context` and a named context `named`. */
export interface SourcesFolder extends Disposable {
  readonly path: string;
  /** Writes a case's Dockerfile, and gives its text. */
  write(one: SourceCase, base: string): string;
}

const files = [
  ...["a", "package.json", "d/e", "hidden", "hiddenfolder/f", "back/keep", "back/other"].map(
    (path) => `context/${path}`,
  ),
  ...["context/sp ace", "context/x", "named/c", "named/hidden", "outside", "no"],
];

export function openSources(): SourcesFolder {
  const path = mkdtempSync(join(tmpdir(), "layerkeep-sources-"));
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  };
  for (const file of files) write(file, `${file}\n`);
  write("context/.dockerignore", "hidden\n\nhiddenfolder\nback\n!back/keep\nDockerfile\n");
  write("named/.dockerignore", "hidden\n");
  mkdirSync(join(path, "context", "empty"));
  const links = { link: "a", linkedfolder: "d", dangling: "nowhere" };
  const more = { outside: "../outside", linktohidden: "hidden" };
  for (const [name, target] of Object.entries({ ...links, ...more })) {
    symlinkSync(target, join(path, "context", name));
  }
  return {
    path,
    write: ({ text, runs }, base) => {
      const whole = `FROM ${runs === true ? base : "scratch"} AS first\n${text}\n`;
      write("context/Dockerfile", whole);
      return whole;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
