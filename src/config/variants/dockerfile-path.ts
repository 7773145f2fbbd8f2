/** The file name under which buildx gets an inline Dockerfile. */
export const inlineName = "Dockerfile";

/** A Dockerfile by its path, or by its text. */
interface Named {
  readonly dockerfile: string;
  readonly dockerfileInline: string | null | undefined;
}

/** The path of a Dockerfile, from the config's folder; undefined if it is inline. */
export function dockerfilePath({ dockerfile, dockerfileInline }: Named): string | undefined {
  return typeof dockerfileInline === "string" ? undefined : dockerfile;
}
