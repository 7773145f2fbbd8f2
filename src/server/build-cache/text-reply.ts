import type { Reply } from "../http/reply.ts";

/** An answer that says in a line what is wrong. */
export function textReply(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return { status, headers: { "content-type": "text/plain", ...headers }, body: `${text}\n` };
}
