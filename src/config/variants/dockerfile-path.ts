/** The file name under which buildx gets an inline Dockerfile. */
export const inlineName = "Dockerfile";

/** A Dockerfile by its path, or by its text. */
interface Named<None> {
  readonly dockerfile: string;
  readonly dockerfileInline: string | None;
}

/** The path of a Dockerfile, from the config's folder; undefined if it is inline. */
export function dockerfilePath({
  dockerfile,
  dockerfileInline,
}: Named<null | undefined>): string | undefined {
  return typeof dockerfileInline === "string" ? undefined : dockerfile;
}
