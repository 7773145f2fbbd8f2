import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, posix } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

/**
 * What each layer may import, besides itself and the ground; see docs/design.md. A trailing
 * ` (types)` allows types alone.
 */
const ground = [
  "errors",
  "exec",
  "harmless",
  "nearest",
  "once",
  "process-start",
  "bounded-file",
  "glob",
  "secrets",
  "version",
  "csv",
  "count",
  "duration",
  "key-parts",
  "oci",
];
const belowPipeline = [
  "git",
  "dockerfile",
  "config",
  "trust",
  "inputs",
  "plan",
  "registry",
  "server",
  "buildkit",
  "cache",
  "dir",
];
const types = (layers: readonly string[]) => layers.map((layer) => `${layer} (types)`);
const layers: Readonly<Record<string, readonly string[]>> = {
  errors: ["count", "secrets"],
  secrets: [],
  harmless: [],
  nearest: [],
  once: [],
  "process-start": [],
  version: [],
  exec: ["errors"],
  csv: ["errors"],
  count: [],
  "bounded-file": ["errors"],
  duration: ["count", "errors"],
  glob: [],
  "key-parts": ["errors", "nearest"],
  oci: ["errors", "nearest"],
  git: ground,
  dockerfile: ground,
  registry: ground,
  server: [...ground, "registry"],
  cache: [...ground, "registry"],
  dir: [...ground, "registry"],
  config: [...ground, "dockerfile"],
  trust: [...ground, "config", "git"],
  inputs: [...ground, "config", "dockerfile", "trust"],
  plan: [...ground, "config", "dockerfile", "git", "trust", "inputs"],
  buildkit: [...ground, "dockerfile", ...types(["inputs", "plan"])],
  ci: [...ground, "config", "dockerfile", "inputs", "plan", "registry", "buildkit"],
  lint: [...ground, "config", "dockerfile", "git", "trust", "inputs", "plan", "ci"],
  migrate: [...ground, "config", "dockerfile", "git", "trust", "inputs", "plan", "ci", "lint"],
  pipeline: [...ground, ...belowPipeline],
  report: [...ground, ...types([...belowPipeline, "pipeline", "lint", "migrate"])],
  web: [...ground, "pipeline", "report"],
  index: [...ground, ...belowPipeline, "pipeline", "report", "web"],
  cli: [...ground, ...belowPipeline, "ci", "lint", "migrate", "pipeline", "report", "web"],
  action: [...ground, ...belowPipeline, "ci", "pipeline", "report", "web", "cli"],
};

/** Only these speak to the environment, the arguments, the console and the exit code. */
const edges = ["cli", "action"];
const edgeOfProcess = ["env", "argv", "exit", "exitCode"];

/** Packages that are bundled into programs, so that the library does not depend on them. */
const bundledPackages: Readonly<Record<string, readonly string[]>> = {
  action: ["@actions/core"],
  lint: ["@actions/expressions", "unbash"],
};

/** Packages of types, of which nothing is left in JavaScript. */
const typePackages: Readonly<Record<string, readonly string[]>> = { report: ["sarif"] };

/** What tests may import on top of what their layer may. */
const testPackages = ["vitest", "fast-check"];

describe("the layers", () => {
  it("import only what is below them", () => {
    const violations = sources.flatMap(({ file, imports }) =>
      imports.flatMap(({ from, typeOnly }) => violationOf(file, from, typeOnly)),
    );
    expect(violations).toEqual([]);
  });

  it("leave the process and the console to the edges", () => {
    const inner = sources.filter(({ file }) => !edges.includes(layerOf(file)));
    expect(inner.flatMap(({ file, touches }) => touches.map((it) => `${file}: ${it}`))).toEqual([]);
  });

  it("are all in the table", () => {
    const unknown = sources.map(({ file }) => layerOf(file)).filter((name) => !(name in layers));
    expect([...new Set(unknown)]).toEqual([]);
  });
});

describe("the files", () => {
  it("import each other in no circle, of types neither", () => {
    const targets = new Map(
      sources.map(({ file, imports }) => [
        file,
        imports.flatMap(({ from }) =>
          from.startsWith(".") ? [posix.join(posix.dirname(file), from)] : [],
        ),
      ]),
    );
    expect(circleIn(targets)).toEqual([]);
  });

  it("have no folder of their name beside them", () => {
    const files = new Set(sources.map(({ file }) => file));
    const folders = new Set(sources.map(({ file }) => posix.dirname(file)));
    expect([...folders].filter((folder) => files.has(`${folder}.ts`))).toEqual([]);
  });
});

describe("the reading of a source", () => {
  it("finds imports in every form, and knows those of types", () => {
    const text = [
      'import a, { b } from "./a.ts";',
      'import type { C } from "./c.ts";',
      'import { type D, type E } from "./d.ts";',
      'import "./f.ts";',
      'export { g } from "./g.ts";',
      'export type { H } from "./h.ts";',
      'const i = await import("./i.ts");',
      'type J = import("./j.ts").J;',
    ].join("\n");
    expect(read("x.ts", text).imports).toEqual([
      { from: "./a.ts", typeOnly: false },
      { from: "./c.ts", typeOnly: true },
      { from: "./d.ts", typeOnly: true },
      { from: "./f.ts", typeOnly: false },
      { from: "./g.ts", typeOnly: false },
      { from: "./h.ts", typeOnly: true },
      { from: "./i.ts", typeOnly: false },
      { from: "./j.ts", typeOnly: true },
    ]);
  });

  it("finds what touches the process or the console, and not words that look like it", () => {
    const text = [
      "process.env.HOME; process['argv']; globalThis.process.exit(1);",
      "const { env } = process;",
      "console.log(1);",
      "process.platform; io.env; build.console; // console.log",
    ].join("\n");
    expect(read("x.ts", text).touches).toEqual([
      "process.env",
      "process.argv",
      "process.exit",
      "process",
      "console",
    ]);
  });

  it("holds an import against the table", () => {
    const found = [
      violationOf("src/plan/a.ts", "../config/config.ts", false),
      violationOf("src/plan/a.ts", "../registry/client.ts", true),
      violationOf("src/buildkit/a.ts", "../plan/plan.ts", true),
      violationOf("src/buildkit/a.ts", "../plan/plan.ts", false),
      violationOf("src/config/a.ts", "yaml", false),
      violationOf("src/config/a.ts", "vitest", false),
      violationOf("src/config/a.test.ts", "vitest", false),
      violationOf("src/config/a.ts", "fs", false),
      violationOf("src/config/a.ts", "node:fs", false),
      violationOf("src/git/a.ts", "node:process", false),
    ];
    expect(found).toEqual([
      [],
      ["src/plan/a.ts: ../registry/client.ts (plan may not import registry)"],
      [],
      ["src/buildkit/a.ts: ../plan/plan.ts (buildkit may import types alone from plan)"],
      [],
      ["src/config/a.ts: vitest (not among the dependencies)"],
      [],
      ["src/config/a.ts: fs (write node:fs)"],
      [],
      ["src/git/a.ts: node:process (only for cli, action)"],
    ]);
  });
});

/** The first circle, from a file back to itself; empty if there is none. */
function circleIn(targets: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): readonly string[] => {
    const at = path.indexOf(file);
    if (at >= 0) return [...path.slice(at), file];
    if (done.has(file)) return [];
    for (const target of targets.get(file) ?? []) {
      const circle = walk(target, [...path, file]);
      if (circle.length > 0) return circle;
    }
    done.add(file);
    return [];
  };
  for (const file of targets.keys()) {
    const circle = walk(file, []);
    if (circle.length > 0) return circle;
  }
  return [];
}

interface Source {
  readonly file: string;
  readonly imports: readonly Import[];
  /** What of the process and the console it touches. */
  readonly touches: readonly string[];
}

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
}

const dependencies = readDependencies();
const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => posix.join("src", name.replaceAll("\\", "/")))
  .map((file) => read(file, readFileSync(join(file), "utf8")));

/** `src/plan/tags/x.ts` is of the layer `plan`, `src/errors.ts` of `errors`. */
function layerOf(file: string): string {
  return (file.split("/")[1] ?? "").replace(/(?:\.test)?\.ts$/, "");
}

function violationOf(file: string, from: string, typeOnly: boolean): string[] {
  const why = from.startsWith(".")
    ? whyNotFile(file, posix.join(posix.dirname(file), from), typeOnly)
    : whyNotPackage(file, from, typeOnly);
  return why === undefined ? [] : [`${file}: ${from} (${why})`];
}

function whyNotFile(file: string, target: string, typeOnly: boolean): string | undefined {
  if (isTest(file) && target.startsWith("test/support/")) return undefined;
  const [layer, other] = [layerOf(file), layerOf(target)];
  if (!target.startsWith("src/")) return "outside of src";
  const allowed = layers[layer] ?? [];
  if (layer === other || allowed.includes(other)) return undefined;
  if (!allowed.includes(`${other} (types)`)) return `${layer} may not import ${other}`;
  return typeOnly ? undefined : `${layer} may import types alone from ${other}`;
}

function whyNotPackage(file: string, from: string, typeOnly: boolean): string | undefined {
  const inner = !edges.includes(layerOf(file));
  if (inner && /^(?:node:)?(?:process|console)$/.test(from)) return `only for ${edges.join(", ")}`;
  if (isBuiltin(from)) return from.startsWith("node:") ? undefined : `write node:${from}`;
  const name = from.startsWith("@") ? from.split("/", 2).join("/") : (from.split("/", 1)[0] ?? "");
  const layer = layerOf(file);
  if (bundledPackages[layer]?.includes(name) === true) return undefined;
  if (typeOnly && typePackages[layer]?.includes(name) === true) return undefined;
  if (dependencies.includes(name) || (isTest(file) && testPackages.includes(name)))
    return undefined;
  return "not among the dependencies";
}

function isTest(file: string): boolean {
  return file.endsWith(".test.ts");
}

function readDependencies(): string[] {
  const manifest: unknown = JSON.parse(readFileSync("package.json", "utf8"));
  if (typeof manifest !== "object" || manifest === null || !("dependencies" in manifest)) return [];
  return Object.keys(manifest.dependencies ?? {});
}

function read(file: string, text: string): Source {
  const imports: Import[] = [];
  const touches: string[] = [];
  const visit = (node: ts.Node): void => {
    const found = importOf(node);
    if (found !== undefined) imports.push(found);
    const touched = touchOf(node);
    if (touched !== undefined) touches.push(touched);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return { file, imports, touches };
}

function importOf(node: ts.Node): Import | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return { from: node.moduleSpecifier.text, typeOnly: importsTypes(node.importClause) };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    const { moduleSpecifier, isTypeOnly } = node;
    return ts.isStringLiteral(moduleSpecifier)
      ? { from: moduleSpecifier.text, typeOnly: isTypeOnly }
      : undefined;
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    return argument !== undefined && ts.isStringLiteral(argument)
      ? { from: argument.text, typeOnly: false }
      : undefined;
  }
  if (!ts.isImportTypeNode(node) || !ts.isLiteralTypeNode(node.argument)) return undefined;
  const { literal } = node.argument;
  return ts.isStringLiteral(literal) ? { from: literal.text, typeOnly: true } : undefined;
}

function importsTypes(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = clause;
  return (
    name === undefined &&
    namedBindings !== undefined &&
    ts.isNamedImports(namedBindings) &&
    namedBindings.elements.length > 0 &&
    namedBindings.elements.every((element) => element.isTypeOnly)
  );
}

/** `process.platform` and the like are no state of a run; what cannot be followed counts as touched. */
function touchOf(node: ts.Node): string | undefined {
  if (!ts.isIdentifier(node) || !["process", "console"].includes(node.text)) return undefined;
  const { parent } = node;
  const isName =
    (ts.isPropertyAccessExpression(parent) &&
      parent.name === node &&
      parent.expression.getText() !== "globalThis") ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    ((ts.isPropertySignature(parent) || ts.isMethodSignature(parent)) && parent.name === node);
  if (isName) return undefined;
  if (node.text === "console") return "console";
  const member = memberOf(parent.getText().startsWith("globalThis") ? parent.parent : parent);
  if (member === undefined) return "process";
  return edgeOfProcess.includes(member) ? `process.${member}` : undefined;
}

function memberOf(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  if (!ts.isElementAccessExpression(node)) return undefined;
  return ts.isStringLiteral(node.argumentExpression) ? node.argumentExpression.text : undefined;
}
