/**
 * How progress is shown: `github` and `gitlab` are plain lines for a CI's log, folded by leg; the
 * others are those of `docker buildx build --progress`.
 */
export type ProgressMode = "plain" | "tty" | "quiet" | "rawjson" | "github" | "gitlab";
