/** What `--progress` takes; the words are those of `docker buildx build --progress`. */
export const progressTypes = ["auto", "plain", "tty", "quiet", "rawjson"] as const;
export type ProgressType = (typeof progressTypes)[number];
