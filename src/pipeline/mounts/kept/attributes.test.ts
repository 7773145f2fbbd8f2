import { expect, it } from "vitest";
import { type Attributes, keepUnusual, parseAttributes, restoreCommands } from "./attributes.ts";

const declared = { uid: "1000", gid: null, mode: "0700" };
const one = (path: string, changes: Partial<Attributes> = {}): Attributes => ({
  mode: "644",
  uid: "1000",
  gid: "0",
  path,
  ...changes,
});

it("reads what stat lists, and drops what is not of its form", () => {
  expect(
    parseAttributes("755 0 0 .\n4750 33 34 ./it's a\n\nbroken\n644 0 0 /etc/passwd\n"),
  ).toEqual([
    { mode: "755", uid: "0", gid: "0", path: "." },
    { mode: "4750", uid: "33", gid: "34", path: "./it's a" },
  ]);
});

it("keeps what a file does not get anyway", () => {
  const all = [
    one(".", { mode: "700" }),
    one("./same"),
    one("./shut", { mode: "400" }),
    one("./other", { uid: "0" }),
    one("./link", { mode: "777" }),
    one("./other-link", { mode: "777", gid: "5" }),
  ];
  const modeOf = (path: string) => (path.endsWith("link") ? undefined : 0o644);
  expect(keepUnusual(all, declared, modeOf).map(({ mode, path }) => [mode, path])).toEqual([
    ["700", "."],
    ["400", "./shut"],
    ["644", "./other"],
    ["-", "./other-link"],
  ]);
});

it("gives owners before modes, to all that have the same at once, and no mode to links", () => {
  const all = [one("./a'b", { uid: "0" }), one("./c", { uid: "0" }), one("./l", { mode: "-" })];
  expect(restoreCommands(all, declared)).toBe(`set -e
chown -R 1000:0 .
chown -h 1000:0 '.' './l'
chown -h 0:0 './a'\\''b' './c'
chmod 0700 '.'
chmod 644 './a'\\''b' './c'
`);
  const none = { uid: null, gid: null, mode: null };
  expect(restoreCommands([], none)).toBe("set -e\nchown -h 0:0 '.'\nchmod 755 '.'\n");
});
