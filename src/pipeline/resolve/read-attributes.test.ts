import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemEnv } from "../../../test/support/system-env.ts";
import { exec, type Exec } from "../../exec.ts";
import { createAttributeReader } from "./read-attributes.ts";

const env = systemEnv;
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-attributes-"));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Creates files, some with attributes, and returns all their paths. */
function makeFiles(): readonly string[] {
  const names = ["plain", "one", "line\nend", "back\\slash", "Ünï = #", "folder/", "link"];
  const paths = names.map((name) => join(root, name));
  const script = `
import os, sys
root = sys.argv[1]
for name in sys.argv[2:-2]: open(os.path.join(root, name), "w").close()
os.mkdir(os.path.join(root, "folder"))
for name in sys.argv[3:-1]: os.setxattr(os.path.join(root, name), "user.x", name.encode())
os.setxattr(os.path.join(root, "one"), "user.empty", b"")
os.setxattr(os.path.join(root, "one"), "user.a=b\\n", bytes(range(256)))
`;
  execFileSync("python3", ["-c", script, root, ...names], { env });
  symlinkSync("one", join(root, "link"));
  return paths.map((path) => path.replace(/\/$/, ""));
}

/** Runs programs as they are, except those that should be missing. */
function without(...missing: readonly string[]): Exec {
  return ([program = "", ...args], options) =>
    exec([missing.includes(program) ? join(root, "no-such-program") : program, ...args], options);
}

function hexOf(text: string | Buffer): string {
  return Buffer.from(text).toString("hex");
}

describe("an attribute reader", () => {
  it.each([
    ["what is installed", []],
    ["Python", ["getfattr"]],
    ["Python from the path", ["getfattr", "/usr/bin/python3"]],
  ])("reads attributes with %s, without following links", async (_, missing) => {
    const files = makeFiles();
    const { read, warnings } = createAttributeReader({ exec: without(...missing), env });
    const found = await read(files);
    const sorted = [...(found ?? [])]
      .map(([file, raw]) => [file.slice(root.length + 1), Object.fromEntries(raw)])
      .sort();
    const x = (text: string): readonly [string, unknown] => [
      text.replace(/\/$/, ""),
      { "user.x": hexOf(text) },
    ];
    const bytes = hexOf(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)));
    const one = { "user.x": hexOf("one"), "user.empty": "", "user.a=b\n": bytes };
    expect(sorted).toEqual(
      [x("back\\slash"), x("folder/"), x("line\nend"), ["one", one], x("Ünï = #")].sort(),
    );
    expect(warnings()).toEqual([]);
  });

  it("parses the output of getfattr from the package attr 2.5.1", async () => {
    const stdout =
      "# file: /c/a\\012b\\134c=d ü#\nuser.e=0x\nuser.n\\075m=0x71\n\n# file: /c/d\nsecurity.capability=0x01\n\n";
    const printed: Exec = () =>
      Promise.resolve({ exitCode: 1, stdout, stderr: "/c/gone: No such file" });
    const found = await createAttributeReader({ exec: printed, env }).read(["/c"]);
    expect([...(found ?? [])]).toEqual([
      [
        "/c/a\nb\\c=d ü#",
        [
          ["user.e", ""],
          ["user.n=m", "71"],
        ],
      ],
      ["/c/d", [["security.capability", "01"]]],
    ]);
  });

  it("splits paths that exceed an argument list", async () => {
    const calls: number[] = [];
    const counted: Exec = (argv) => {
      calls.push(argv.length);
      return Promise.resolve({ exitCode: 0, stdout: "", stderr: "" });
    };
    const files = Array.from({ length: 1000 }, (_, at) => `/${"x".repeat(991)}${at}`);
    expect(await createAttributeReader({ exec: counted, env }).read(files)).toEqual(new Map());
    expect(calls.length).toBe(2);
  });

  it("reports once why nothing can be read", async () => {
    const exec = without("getfattr", "/usr/bin/python3", "python3");
    const { read, warnings } = createAttributeReader({ exec, env });
    writeFileSync(join(root, "a"), "");
    expect(warnings()).toEqual([]);
    expect(await read([join(root, "a")])).toBeUndefined();
    expect(await read([join(root, "a")])).toBeUndefined();
    expect(warnings()).toEqual([
      "cannot read the extended attributes of files, such as capabilities (neither getfattr nor python3 was found). Changes to such attributes do not trigger builds. If files in your contexts have extended attributes, install getfattr (package attr) or python3",
    ]);
  });
});
