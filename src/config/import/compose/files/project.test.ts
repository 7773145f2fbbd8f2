import { describe, expect, it } from "vitest";
import { loadFiles, problemsOf } from "../../../../../test/support/config-files.ts";

// What is expected of merges is what `docker compose config` 2.26 prints for the same files.

const base = `services:
  common:
    build:
      context: ./img
      dockerfile: D
      args: [A=base, "B=\${B:-b}", GONE=x]
      labels: {l: base, m: base}
      additional_contexts: {one: ./one, two: ./two}
      target: base
      platforms: [linux/amd64]
      secrets: [npm]
      ssh: [default]
      extra_hosts: ["db=10.0.0.7"]
      ulimits: {nofile: 1, nproc: 2}
      privileged: true
      x-bake:
        platforms: [linux/arm64]
        contexts: {three: docker-image://x}
`;

const files = {
  "deploy/base/common.yml": base,
  "deploy/base/img/D": "FROM scratch",
  "deploy/base/one/x": "",
  "deploy/base/two/x": "",
  "deploy/two/x": "",
  "deploy/key.txt": "",
  "layerkeep.yml": "import: [{compose: deploy/compose.yml}]",
};

describe("a service that extends one of another file", () => {
  it("has its build, merged by key, with paths from that file's folder", async () => {
    const { variants, warnings } = await loadFiles({
      ...files,
      "deploy/compose.yml": `services:
  api:
    extends: {file: base/common.yml, service: common}
    build:
      args: {A: own, C: c, GONE: }
      labels: [m=own]
      additional_contexts: [two=./two]
      target: own
      platforms: [linux/arm/v7]
      secrets: [{source: npm, target: other}]
      extra_hosts: ["db=10.0.0.7", "db=10.0.0.8"]
      ulimits: {nproc: 3}
      privileged: false
secrets:
  npm: {file: ./key.txt}
`,
    });
    expect(warnings).toEqual([
      "deploy/compose.yml:5: not imported: GONE, which has no value (set it under vars in the config: Layerkeep does not read build arguments from the environment)",
    ]);
    expect(variants).toEqual([
      expect.objectContaining({
        name: "api",
        context: "deploy/base/img",
        dockerfile: "deploy/base/img/D",
        args: { A: "own", B: "b", C: "c" },
        labels: { l: "base", m: "own" },
        contexts: { one: "deploy/base/one", two: "deploy/two", three: "docker-image://x" },
        target: "own",
        platforms: [
          { os: "linux", architecture: "amd64" },
          { os: "linux", architecture: "arm", variant: "v7" },
          { os: "linux", architecture: "arm64" },
        ],
        secrets: ["id=npm,src=deploy/key.txt", "id=other,src=deploy/key.txt"],
        ssh: ["default"],
        addHosts: ["db=10.0.0.7", "db=10.0.0.8"],
        ulimits: ["nofile=1", "nproc=3"],
        allow: [],
      }),
    ]);
  });

  it("may get its context from the own file, and the Dockerfile from the other", async () => {
    const { variants } = await loadFiles({
      ...files,
      "deploy/base/common.yml":
        "services: {a: {build: {dockerfile: D}}, b: {platform: linux/arm64}}",
      "deploy/D": "FROM scratch",
      "deploy/img/D": "FROM scratch",
      "deploy/compose.yml": `services:
  here: {extends: {file: base/common.yml, service: a}}
  img: {extends: {file: base/common.yml, service: a}, build: img}
  arm: {extends: {file: base/common.yml, service: b}, build: {dockerfile: D}}
`,
    });
    expect(
      variants.map(({ name, dockerfile, platforms }) => [name, dockerfile, platforms[0]]),
    ).toEqual([
      ["here", "deploy/D", { os: "linux", architecture: "amd64" }],
      ["img", "deploy/img/D", { os: "linux", architecture: "amd64" }],
      ["arm", "deploy/D", { os: "linux", architecture: "arm64" }],
    ]);
  });
});

it("a chain of services that extend each other is followed, and a base is a variant, too", async () => {
  const { variants } = await loadFiles({
    "compose.yml": `services:
  a: {extends: b, build: {args: {X: a}}}
  b: {extends: {service: c}, build: {args: {Y: b}}}
  c: {build: {args: {X: c, Y: c, Z: c}}}
  d: {extends: none}
  none: {image: x}
`,
    "layerkeep.yml": "import: [{compose: compose.yml}]",
  });
  expect(variants.map(({ name, args }) => [name, args])).toEqual([
    ["a", { X: "a", Y: "b", Z: "c" }],
    ["b", { X: "c", Y: "b", Z: "c" }],
    ["c", { X: "c", Y: "c", Z: "c" }],
  ]);
});

describe("a file that includes others", () => {
  it("has their services, with their paths, secrets and overrides", async () => {
    const { variants, warnings } = await loadFiles({
      "compose.yml": `include:
  - one/compose.yml
  - path: [two/compose.yml, two/more.yml]
    project_directory: .
    env_file: two/.env
services:
  own: {extends: first, build: {args: {O: o}}}
  second: {build: {args: {B: main}}}
`,
      "one/compose.yml": `include: [../three/compose.yml]
services:
  first: {build: {context: ., args: {A: a}, secrets: [s]}}
secrets: {s: {file: s.txt}}
`,
      "one/Dockerfile": "FROM scratch",
      "two/compose.yml": "services: {second: {build: {context: img, args: {A: two, B: two}}}}",
      "two/more.yml": "services: {second: {build: {args: {A: more}}}}",
      "img/Dockerfile": "FROM scratch",
      "three/compose.yml": "services: {third: {build: .}, first: {build: {target: t}}}",
      "three/Dockerfile": "FROM scratch",
      "layerkeep.yml": "import: [{compose: compose.yml}]",
    });
    expect(warnings).toEqual([
      "compose.yml:5: not imported: env_file (declare its variables under vars in the config)",
    ]);
    expect(
      variants.map(({ name, context, target, args, secrets }) => [
        ...[name, context, target, args, secrets],
      ]),
    ).toEqual([
      ["own", "one", "t", { A: "a", O: "o" }, ["id=s,src=one/s.txt"]],
      ["second", "img", undefined, { A: "more", B: "main" }, []],
      ["first", "one", "t", { A: "a" }, ["id=s,src=one/s.txt"]],
      ["third", "three", undefined, {}, []],
    ]);
  });
});

/** Services of which each extends the next one. */
function chain(length: number): string {
  const links = Array.from({ length }, (_, at) => `  s${at}: {extends: s${at + 1}}`);
  return ["services:", ...links, `  s${length}: {build: .}`, ""].join("\n");
}

describe("an error in the files of a Compose project", () => {
  const cases: readonly [string, Readonly<Record<string, string>>, readonly string[]][] = [
    [
      "is a file that does not exist, is remote or absolute",
      {
        "c.yml": `include: [x.yml, "https://host/x.yml", /etc/x.yml, sub/d.yml]
services:
  a: {extends: {file: y.yml, service: b}, build: .}
`,
        "sub/d.yml": "services: {d: {extends: {file: /etc/y.yml, service: b}}}",
      },
      [
        "c.yml:1:11: x.yml: cannot be read: no such file",
        'c.yml:1:18: "https://host/x.yml" is a remote file (use a file in this repository)',
        `c.yml:1:40: the path "/etc/x.yml" is absolute (use a path relative to the config's folder, so that it works on every machine)`,
        `sub/d.yml:1:16: the path "/etc/y.yml" is absolute (use a path relative to sub, so that it works on every machine)`,
        "c.yml:3:7: y.yml: cannot be read: no such file",
      ],
    ],
    [
      "is a service that does not exist, or has no name",
      {
        "c.yml": `services:
  a: {build: ., extends: bb}
  b: {build: ., extends: {service: x, file: d.yml}}
  c: {build: ., extends: {file: d.yml}}
  d: {build: ., extends: [a]}
`,
        "d.yml": "services: {}",
      },
      [
        'c.yml:2:17: c.yml has no service "bb" to extend (did you mean "b"?)',
        'c.yml:3:17: d.yml has no service "x" to extend',
        "c.yml:4:17 (and 1 more): extends needs the name of a service (use extends: {service: NAME})",
      ],
    ],
    [
      "is a cycle of extends, over files",
      {
        "c.yml": "services:\n  a: {build: ., extends: {file: d.yml, service: b}}\n",
        "d.yml": "services:\n  b: {extends: {file: c.yml, service: a}}\n",
      },
      [
        "d.yml:2:7: extends refers back to the service a: c.yml: a → d.yml: b → c.yml: a (move the shared part to a service that does not extend another service)",
      ],
    ],
    [
      "is a service that gets too much, over includes",
      {
        "c.yml": `include: [d.yml]\n${chain(40)}`,
        "d.yml": `include: [e.yml]\n${chain(40)}`,
        "e.yml": chain(40),
      },
      [
        expect.stringMatching(
          /^c\.yml:\d+:\d+ \(and \d+ more\): more than 1000 services are merged into one \(/,
        ) as string,
      ],
    ],
    [
      "is a cycle of includes",
      {
        "c.yml": "include: [sub/d.yml]\nservices: {a: {build: .}}",
        "sub/d.yml": "include: [{path: ../c.yml}]",
      },
      [
        "sub/d.yml:1:11: include refers back to c.yml: c.yml → sub/d.yml → c.yml (remove one of them)",
      ],
    ],
    [
      "is an include of the wrong kind",
      {
        "c.yml": `include: [[x], {paths: x}]
services: {a: {build: .}}`,
      },
      [
        "c.yml:1:11: an entry of include must be a string or a map",
        "c.yml:1:16: an entry of include needs a path",
        'c.yml:1:17: unknown key "paths" in include (did you mean "path"?)',
      ],
    ],
    [
      "is broken YAML in an included file",
      { "c.yml": "include: [d.yml]\nservices: {a: {build: .}}", "d.yml": "services: {a: [}" },
      [expect.stringMatching(/^d\.yml:1:\d+: /) as string],
    ],
  ];
  it.each(cases)("%s", async (_, given, expected) => {
    const found = await problemsOf({ ...given, "layerkeep.yml": "import: [{compose: c.yml}]" });
    expect(found.map((line) => line.replace(/^layerkeep\.yml:1:20: /, "")).sort()).toEqual(
      [...expected].sort(),
    );
  });
});
