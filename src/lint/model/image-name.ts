import type { Text } from "../expressions/value.ts";

/** The repository of a reference, without tag and digest, and without Docker Hub's own host. */
export function repositoryOf({ text, unknown }: Text): Text {
  // An expression is one atom, whatever is in it.
  const atoms: readonly string[] = text.match(/\$\{\{.*?\}\}|[^]/gs) ?? [];
  const digest = atoms.indexOf("@");
  const name = digest < 0 ? atoms : atoms.slice(0, digest);
  const tag = name.indexOf(":", name.lastIndexOf("/") + 1);
  const repository = (tag < 0 ? name : name.slice(0, tag)).join("");
  return {
    text: withoutDockerHub(repository),
    unknown: unknown.filter(({ expression }) => repository.includes(`\${{ ${expression} }}`)),
  };
}

/** A name without the parts that Docker Hub's names may leave out: `docker.io/library/`. */
export function withoutDockerHub(name: string): string {
  return name.replace(/^(?:(?:index\.)?docker\.io\/)?(?:library\/)?/, "");
}

/** Whether a reference names an image by its digest. */
export function hasDigest({ text }: Text): boolean {
  return text.replace(/\$\{\{.*?\}\}/gs, "").includes("@");
}
