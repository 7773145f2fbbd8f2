import { describe, expect, it } from "vitest";
import { known, type Text, textOfValue, Unknown } from "../../expressions/value.ts";
import type { Repository } from "../../files/repository.ts";
import type { Build, Operation } from "../../model/operation.ts";
import type { Script } from "../../model/pipeline.ts";
import { sourceFile } from "../../yaml/node.ts";
import { newShell, readScript, type ReadScript } from "./read-script.ts";

describe("a script", () => {
  it("has its docker builds read with all their options", () => {
    const build = buildIn(`
      docker buildx build --platform linux/amd64,linux/arm64 \\
        --file docker/Dockerfile --target=app -t acme/app:1 --tag "acme/app:$TAG" \\
        --build-arg A=1 --build-arg B --push --provenance=false \\
        --cache-from type=gha --cache-to=type=registry,ref=acme/cache,mode=max app # the app
    `);
    expect(build).toMatchObject({
      tool: "docker build",
      context: { value: known("app") },
      dockerfile: { value: known("docker/Dockerfile") },
      target: { value: known("app") },
      push: true,
      provenance: { value: known("false") },
      opaque: [],
    });
    expect(build.platforms.map(valueOf)).toEqual(["linux/amd64", "linux/arm64"]);
    expect(build.tags.map(valueOf)).toEqual(["acme/app:1", "acme/app:${{ $TAG }}"]);
    expect(build.buildArgs.map(({ name, value }) => [name, value.text])).toEqual([
      ["A", "1"],
      ["B", "from the environment"],
    ]);
    expect(build.cacheFrom.map(({ type }) => type)).toEqual(["gha"]);
    expect(build.cacheTo[0]?.attributes.get("ref")).toEqual(known("acme/cache"));
  });

  it.each([
    ["docker push acme/app", ["push acme/app"]],
    ["docker image push -q acme/app", ["push acme/app"]],
    ["podman push acme/app quay.io/acme/app", ["push acme/app"]],
    ["crane cp acme/a acme/b", ["push acme/b"]],
    ["skopeo copy --all docker://a/b docker://c/d:e", ["push c/d:e"]],
    ["skopeo copy docker://a/b oci:dir", []],
    ["docker login", ["login docker.io"]],
    ["docker login -u me --password-stdin ghcr.io < token", ["login ghcr.io"]],
    ['echo "$TOKEN" | docker login ghcr.io -u me --password-stdin', ["login ghcr.io"]],
    ["docker buildx imagetools create -t a:1 b:amd64 b:arm64", ["merge a:1 of b:amd64,b:arm64"]],
    ["docker manifest create a:1 --amend b:amd64 b:arm64", ["merge a:1 of b:amd64,b:arm64"]],
    ["docker manifest push a:1", ["push a:1"]],
    ["docker run --privileged --rm tonistiigi/binfmt --install all", []],
    ["docker --context ci --debug push a", ["push a"]],
    ["sudo -E docker push a", ["push a"]],
    ["env X=1 time docker push a", ["push a"]],
    ["timeout 10m docker push a", ["push a"]],
    ["/usr/bin/docker push a", ["push a"]],
    ["bash -c 'docker push a'", ["push a"]],
    ["bash -euo pipefail -c 'docker push a'", ["push a"]],
    ['eval "docker push a"', ["push a"]],
    ['ID=$(docker push -q "a")', ["push a"]],
    ["echo docker push a", []],
    ["# docker push a", []],
    ["cat <<EOF\ndocker push a\nEOF", []],
  ])("%s", (text, expected) => {
    expect(shown(read(text))).toEqual(expected);
  });

  it("resolves variables, arrays and functions", () => {
    const text = `
      IMAGE=\${REGISTRY:-ghcr.io}/acme
      NAMES=(api worker)
      NAMES+=(web)
      push() { docker push "$IMAGE/$1:\${2,,}"; }
      for name in "\${NAMES[@]}"; do push "$name" "V1"; done
      lower=$(echo "ACME" | tr '[:upper:]' '[:lower:]')
      docker push "$lower"
      ARGS="-t x -t y"
      docker build $ARGS .
    `;
    expect(shown(read(text))).toEqual([
      "push ghcr.io/acme/api:v1",
      "push ghcr.io/acme/worker:v1",
      "push ghcr.io/acme/web:v1",
      "push acme",
      "build x,y",
    ]);
  });

  it.each([
    ["if [ -n x ]; then docker push a; fi", ["push a"]],
    ["if [ a = b ]; then docker push a; else docker push b; fi", ["push b"]],
    ["[[ v1 == v* ]] && docker push a", ["push a"]],
    ["case v1 in v*) docker push a;; *) docker push b;; esac", ["push a"]],
    ['if [ "$X" = b ]; then docker push a; else docker push b; fi', ["push a?", "push b?"]],
    ["if docker pull a; then exit 0; fi\ndocker push a", ["push a?"]],
    ['if [ -z "$X" ]; then exit 1; fi\ndocker push a', ["push a"]],
    ["exit 0\ndocker push a", []],
    ["docker pull a || true\ndocker push a", ["push a"]],
    ["docker pull a || docker push a", ["push a?"]],
    ["cd app && docker push a", ["push a"]],
    ["while read -r x; do docker push $x; done < list", ["push ${{ $x }}?"]],
    ["for i in 1 2 3; do docker push a && break; done", ["push a"]],
    ["T=1; if [ $X ]; then T=2; fi; docker push a:$T", ["push a:${{ $T }}"]],
    ['case "v1-$X" in v1*) docker push a;; esac', ["push a"]],
    ['case "v1-$X" in v2*) docker push a;; v1-2*) docker push b;; esac', ["push b?"]],
    ['Y="a/$X"; docker push "${Y#a/}"', ["push ${{ $X }}"]],
    ["(T=1); docker push a:$T", ["push a:${{ $T }}"]],
  ])("%s", (text, expected) => {
    expect(shown(read(text))).toEqual(expected);
  });

  it("merges digests in the way that Docker documents", () => {
    const text = `
      cd \${{ runner.temp }}/digests
      docker buildx imagetools create $(jq -cr '.tags | map("-t " + .) | join(" ")' <<< "$META") \\
        $(printf 'acme/app@sha256:%s ' *)
    `;
    expect(shown(read(text))).toEqual([
      `merge  of \${{ $(jq -cr '.tags | map("-t " + .) | join(" ")' <<< "$META") }},acme/app@sha256:\${{ * }}`,
    ]);
  });

  it("follows the working directory", () => {
    const build = buildIn("cd services\ncd api/\ndocker build -f ../Dockerfile -t a .");
    expect([build.context?.value.text, build.dockerfile?.value.text]).toEqual([
      "services/api",
      "services/Dockerfile",
    ]);
    expect(buildIn("docker build $GITHUB_WORKSPACE/api").context?.value.text).toBe("api");
  });

  it("keeps an expression whose value is not known in one word", () => {
    const unknown = new Unknown("steps.x.outputs.y", "job");
    const { text } = textOfValue(unknown);
    const script = { text: `docker push a/b:${text}`, unknown: [unknown] };
    expect(shown(read(script))).toEqual([`push a/b:${text}`]);
    expect(read(script).operations).toMatchObject([{ reference: { unknown: [unknown] } }]);
  });

  it("reads scripts of the repository, with their arguments and exported variables", () => {
    const files = { "ci/push.sh": '#!/bin/sh\nset -e\ndocker push "$1:$TAG"\ndocker push "$C"\n' };
    const text = "export TAG=1\nC=2\n./ci/push.sh acme/app";
    const { operations } = read(text, files);
    expect(shown({ operations, opaque: [] })).toEqual(["push acme/app:1", "push ${{ $C }}"]);
    expect(operations.map(({ span }) => placeOf(span))).toEqual([
      "ci/push.sh:3:1",
      "ci/push.sh:4:1",
    ]);
    expect(shown(read("cd ci; . ./push.sh a", files))).toHaveLength(2);
  });

  it("says where options are", () => {
    const text =
      "      - run: |\n          echo\n          docker build \\\n            --cache-to='type=inline' .\n";
    const file = sourceFile("ci.yml", text);
    const span = { file, start: text.indexOf("|"), end: text.length };
    const value = known("echo\ndocker build \\\n  --cache-to='type=inline' .\n");
    const [build] = readScript(
      { ...options, value, span },
      newShell(env, options),
      noFiles,
    ).operations;
    expect(build === undefined ? "" : placeOf(build.span)).toBe("ci.yml:3:11");
    const [cache] = build?.kind === "build" ? build.cacheTo : [];
    expect(cache === undefined ? "" : placeOf(cache.span)).toBe("ci.yml:4:25");
    expect(text.slice(cache?.span.start, cache?.span.end)).toBe("type=inline");
  });

  it.each([
    ["docker compose build", "docker compose is not supported"],
    ['eval "$COMMAND"', "this command is only known at run time"],
    ["./build-image.sh", "the script ./build-image.sh was not found in the repository"],
    ["docker build . ; fi", "the script is not valid: unexpected token 'fi'"],
  ])("cannot tell what %s does", (text, why) => {
    expect(read(text).opaque.map((one) => one.why)).toEqual([why]);
  });

  it.each([
    ["docker build $ARGS .", "$ARGS"],
    ['A=(-t x); if y; then A+=(-t y); fi; docker build "${A[@]}" .', "${A[@]}"],
  ])("cannot tell what arguments %s has", (text, what) => {
    const [build] = read(text).operations;
    expect(build).toMatchObject({ opaque: [`the arguments ${what} are only known at run time`] });
  });

  it("is not read if it is for another shell", () => {
    const found = read("docker build .", {}, "pwsh");
    expect(found).toMatchObject({
      operations: [],
      opaque: [{ why: "the script uses pwsh, but only sh and bash are supported" }],
    });
    expect(read("print(1)", {}, "python")).toEqual({ operations: [], opaque: [] });
  });

  it.each([
    ["f() { f; f; }; f"],
    [`${"if x; then ".repeat(2_000)}docker push a${"; fi".repeat(2_000)}`],
    [
      `for a in ${"1 ".repeat(60)}; do ${"for b in 1 2 3 4 5 6 7 8; do ".repeat(8)} x ${"; done".repeat(9)}`,
    ],
    [`${"while x; do ".repeat(40)} docker push a ${"; done".repeat(40)}`],
    [`$(`.repeat(5_000)],
    [
      "A=a; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do A=$A$A; done",
    ],
  ])("is read in bounded time, %#", (text) => {
    expect(() => read(text)).not.toThrow();
  });
});

const env = new Map<string, Text>([
  ["B", known("from the environment")],
  ["GITHUB_WORKSPACE", textOfValue(new Unknown("github.workspace", "run"))],
]);
const options = { shell: "bash", folder: known("."), others: "unset" } satisfies Partial<Script>;
const noFiles = repositoryOf({});

function read(
  script: string | Text,
  files: Record<string, string> = {},
  shell = "bash",
): ReadScript {
  const value = typeof script === "string" ? textIn(script) : script;
  const file = sourceFile("script.sh", value.text);
  const span = { file, start: 0, end: value.text.length };
  const own = { ...options, shell, value, span };
  return readScript(own, newShell(env, own), repositoryOf(files));
}

function textIn(text: string): Text {
  const unknown = [...text.matchAll(/\$\{\{ (.*?) \}\}/g)].map(([, name = ""]) => name);
  return { text, unknown: unknown.map((name) => new Unknown(name, "job")) };
}

function buildIn(script: string): Build {
  const build = read(script).operations.find((operation) => operation.kind === "build");
  if (build === undefined) throw new Error("there is no build");
  return build;
}

function repositoryOf(files: Record<string, string>): Repository {
  return {
    root: "/",
    files: new Set(Object.keys(files)),
    read: (path) => (files[path] === undefined ? undefined : sourceFile(path, files[path])),
  };
}

function shown({ operations }: ReadScript): readonly string[] {
  return operations.map((operation) => `${textOf(operation)}${operation.conditional ? "?" : ""}`);
}

function textOf(operation: Operation): string {
  switch (operation.kind) {
    case "build":
      return `build ${operation.tags.map(valueOf).join()}`;
    case "push":
      return `push ${operation.reference.text}`;
    case "login":
      return `login ${operation.registry.text}`;
    case "merge":
      return `merge ${list(operation.tags)} of ${list(operation.sources)}`;
    default:
      return operation.kind;
  }
}

function list(texts: readonly Text[]): string {
  return texts.map(({ text }) => text).join();
}

function valueOf({ value }: { readonly value: Text }): string {
  return value.text;
}

function placeOf({ file, start }: Operation["span"]): string {
  const { line, column } = file.placeOf(start);
  return `${file.path}:${line}:${column}`;
}
