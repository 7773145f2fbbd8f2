import { expect, it } from "vitest";
import { parseDockerfile } from "./parse/parse.ts";
import { renameSources } from "./rewrite.ts";

/** Renames every image to `new/IMAGE`, and every source of ADD to `SOURCE#new`. */
function renamed(text: string): string {
  const dockerfile = parseDockerfile(text, "Dockerfile");
  const froms = new Map(
    dockerfile.instructions
      .filter(({ keyword }) => keyword === "FROM")
      .map(({ line, rest }) => [line, rest.split(" ")[0] ?? ""]),
  );
  return renameSources(text, dockerfile, froms, {
    image: (ref) => `new/${ref}`,
    source: (word) => (word.includes(".git") ? `${word}#new` : undefined),
  });
}

it.each([
  ["FROM a:1\n", "FROM new/a:1\n"],
  ["FROM a:1", "FROM new/a:1\n"],
  ["from --platform=$BUILDPLATFORM a AS B\n", "from --platform=$BUILDPLATFORM new/a AS B\n"],
  ["FROM a\nCOPY --link --from=b /x /y\n", "FROM new/a\nCOPY --link --from=new/b /x /y\n"],
  [
    'FROM a\nRUN --mount=type=bind,from=b,target=/b --mount=target=/c,"from"=c x | y\n',
    "FROM new/a\nRUN --mount=type=bind,from=new/b,target=/b --mount=target=/c,from=new/c x | y\n",
  ],
  ["FROM a\nADD h.git b.txt /x\n", "FROM new/a\nADD h.git#new b.txt /x\n"],
  ['FROM a\nADD ["h.git", "a b"]\n', 'FROM new/a\nADD ["h.git#new","a b"]\n'],
  ["FROM a\nONBUILD COPY --from=b /x /\n", "FROM new/a\nONBUILD COPY --from=new/b /x /\n"],
  [
    'FROM a\nCOPY --chown="a b" --from=b x /\n',
    'FROM new/a\nCOPY --"chown=a b" --from=new/b x /\n',
  ],
])("renames images and sources, and nothing else: %j", (text, expected) => {
  expect(renamed(text)).toBe(expected);
});

it("keeps the number and bytes of every other line", () => {
  const text = [
    "# syntax=x",
    "",
    "ARG V=1",
    "FROM \\",
    "  # a comment",
    "  a:1 \\",
    "  AS one",
    "RUN --mount=from=b,target=/b \\",
    "  cat <<EOF > /x",
    "FROM c",
    "EOF",
    "COPY one /\r",
    "LABEL x=FROM",
  ].join("\n");
  const result = renamed(text);
  expect(result.split("\n")).toEqual([
    "# syntax=x",
    "",
    "ARG V=1",
    "FROM new/a:1 AS one",
    "",
    "",
    "",
    "",
    "RUN --mount=from=new/b,target=/b cat <<EOF > /x",
    "FROM c",
    "EOF",
    "COPY one /\r",
    "LABEL x=FROM",
  ]);
  const lines = (source: string): readonly (string | number)[][] =>
    parseDockerfile(source, "Dockerfile").instructions.map(({ keyword, endLine, heredocs }) => [
      keyword,
      endLine,
      ...heredocs.map(({ content }) => content),
    ]);
  expect(lines(result).at(-1)).toEqual(lines(text).at(-1));
});
