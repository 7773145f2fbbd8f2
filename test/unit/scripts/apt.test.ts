import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseSources, readMachine } from "../../../scripts/engine/apt.ts";

let etc: string;

beforeEach(async () => {
  etc = await mkdtemp(join(tmpdir(), "layerkeep-etc-"));
  await mkdir(join(etc, "apt/sources.list.d"), { recursive: true });
});

afterEach(() => rm(etc, { recursive: true, force: true }));

test("reads sources with a line for each, their options and comments", () => {
  const text = `# deb http://old.example/debian bookworm main
deb [arch=amd64 signed-by=/keys/a.gpg,/keys/b.gpg] http://mirror.example/debian bookworm main contrib # ours
deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/debian-security bookworm-security main`;
  expect(parseSources(text, "lines")).toEqual([
    {
      fields: {
        URIs: "http://mirror.example/debian",
        Components: "main contrib",
        "Signed-By": "/keys/a.gpg /keys/b.gpg",
      },
      suites: ["bookworm"],
    },
    {
      fields: { URIs: "http://mirror.example/debian-security", Components: "main" },
      suites: ["bookworm-security"],
    },
  ]);
});

test("reads deb822 stanzas, and leaves out source packages and what is switched off", () => {
  const text = `Types: deb deb-src
# a comment within
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Types: deb-src
URIs: http://mirror.example/debian
Suites: bookworm
Components: main

Enabled: no
Types: deb
URIs: http://mirror.example/debian
Suites: bookworm-backports
Components: main
`;
  expect(parseSources(text, "deb822")).toEqual([
    {
      fields: {
        URIs: "http://mirror.example/debian",
        Components: "main",
        "Signed-By": "-----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc",
      },
      suites: ["bookworm", "bookworm-updates"],
    },
  ]);
});

test("takes of the machine's sources only those of its own Debian", async () => {
  await writeFile(join(etc, "os-release"), 'ID=debian\nVERSION_CODENAME="bookworm"\n');
  await writeFile(
    join(etc, "apt/sources.list"),
    "deb http://mirror.example/debian bookworm main\n",
  );
  await writeFile(
    join(etc, "apt/sources.list.d/tool.list"),
    "deb http://tool.example/apt tool-bookworm main\n",
  );
  await writeFile(
    join(etc, "apt/sources.list.d/old.list.disabled"),
    "deb http://old.example/debian bookworm main\n",
  );
  expect(await readMachine(etc)).toEqual({
    codename: "bookworm",
    sources: [
      {
        fields: { URIs: "http://mirror.example/debian", Components: "main" },
        suites: ["bookworm"],
      },
    ],
  });
});

test("refuses a machine that is not Debian, and says what to install by hand", async () => {
  await writeFile(join(etc, "os-release"), "ID=ubuntu\nVERSION_CODENAME=noble\n");
  await expect(readMachine(etc)).rejects.toMatchObject({
    code: "engine",
    message: "packages can be installed only on Debian, not on ubuntu",
    hint: "install dockerd 26 or newer, docker-buildx, docker-registry and skopeo by hand",
  });
});

test("says that apt has no source for the machine's own suite", async () => {
  await writeFile(join(etc, "os-release"), "ID=debian\nVERSION_CODENAME=bookworm\n");
  await expect(readMachine(etc)).rejects.toMatchObject({
    code: "engine",
    message: "apt has no source for the Debian suite bookworm",
  });
});
