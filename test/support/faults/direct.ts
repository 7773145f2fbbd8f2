import { Agent, request } from "node:http";
import { manifestAccept } from "../../../src/oci/media-types.ts";

export interface DirectAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** One request to a registry, past every proxy, by nothing of ours. */
export function direct(
  host: string,
  method: string,
  path: string,
  { type, body }: { readonly type?: string; readonly body?: Buffer } = {},
): Promise<DirectAnswer> {
  return new Promise((resolve, reject) => {
    const headers = {
      // Without these the CNCF registry takes an index for another manifest.
      accept: manifestAccept.join(", "),
      "content-length": body?.length ?? 0,
      ...(type === undefined ? {} : { "content-type": type }),
    };
    const asked = request(new URL(path, `http://${host}`), { agent, method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const { statusCode: status = 0, headers } = answer;
        resolve({ status, headers, body: Buffer.concat(chunks) });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

/** Puts a blob into a repository. */
export async function putBlob(host: string, path: string, digest: string, body: Buffer) {
  const begun = await direct(host, "POST", `/v2/${path}/blobs/uploads/`);
  const url = new URL(String(begun.headers["location"]), `http://${host}`);
  url.searchParams.set("digest", digest);
  const type = "application/octet-stream";
  const put = await direct(host, "PUT", `${url.pathname}${url.search}`, { type, body });
  if (put.status !== 201) throw new Error(`blob ${digest}: ${put.status} ${put.body.toString()}`);
}

/** Puts a manifest under a digest or tag. */
export async function putManifest(
  host: string,
  path: string,
  name: string,
  { bytes: body, mediaType: type }: { readonly bytes: Buffer; readonly mediaType: string },
) {
  const put = await direct(host, "PUT", `/v2/${path}/manifests/${name}`, { type, body });
  if (put.status !== 201) throw new Error(`manifest ${name}: ${put.status} ${put.body.toString()}`);
}
