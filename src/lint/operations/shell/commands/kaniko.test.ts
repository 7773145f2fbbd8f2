import { describe, expect, it } from "vitest";
import { known } from "../../../expressions/value.ts";
import type { Repository } from "../../../files/repository.ts";
import type { Build } from "../../../model/operation.ts";
import { sourceFile } from "../../../yaml/node.ts";
import { newShell, readScript } from "../read-script.ts";

const repository: Repository = {
  root: "/repository",
  files: new Set(["docker/Dockerfile"]),
  read: () => undefined,
};

function buildIn(text: string): Build | undefined {
  const file = sourceFile("script.sh", text);
  const script = {
    ...{ value: known(text), span: { file, start: 0, end: text.length } },
    ...({ shell: "sh", folder: known("."), others: "run" } as const),
  };
  const { operations } = readScript(script, newShell(new Map(), script), repository);
  return operations.find((operation) => operation.kind === "build");
}

describe("kaniko", () => {
  it("has its builds read with their options", () => {
    const build = buildIn(`/kaniko/executor --context "$CI_PROJECT_DIR/app" -f app/Dockerfile.web \\
      --destination acme/app:1 -d acme/app:2 --build-arg A=1 --target web --cache=true \\
      --cache-repo acme/cache --custom-platform=linux/arm64 --label a=b`);
    expect(build).toMatchObject({
      ...{ tool: "kaniko", push: true, opaque: [], cacheTo: [] },
      context: { value: known("app") },
      dockerfile: { value: known("app/app/Dockerfile.web") },
      target: { value: known("web") },
    });
    expect(build?.tags.map(({ value }) => value.text)).toEqual(["acme/app:1", "acme/app:2"]);
    expect(build?.platforms.map(({ value }) => value.text)).toEqual(["linux/arm64"]);
    expect(build?.buildArgs.map(({ name, value }) => [name, value.text])).toEqual([["A", "1"]]);
  });

  it.each([
    ["--context . --dockerfile docker/Dockerfile -d a", ".", "docker/Dockerfile"],
    ["--context app --dockerfile docker/Dockerfile -d a", "app", "docker/Dockerfile"],
    ["--context app --dockerfile Dockerfile -d a", "app", "app/Dockerfile"],
    ["--context dir://$CI_PROJECT_DIR/ --context-sub-path app -d a", "app", undefined],
    ["--context git://github.com/acme/app -d a", "git://github.com/acme/app", undefined],
  ])("%s", (flags, context, dockerfile) => {
    const build = buildIn(`/kaniko/executor ${flags}`);
    expect(build?.context?.value.text).toBe(context);
    expect(build?.dockerfile?.value.text).toBe(dockerfile);
  });

  it("is not taken for another executor, and pushes nothing with --no-push", () => {
    expect(buildIn("/opt/executor run")).toBeUndefined();
    expect(buildIn("kaniko -f Dockerfile --no-push")?.push).toBe(false);
  });
});
