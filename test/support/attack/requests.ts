import { createHash } from "node:crypto";

const imageType = "application/vnd.oci.image.manifest.v1+json";
const empty = { mediaType: "application/vnd.oci.empty.v1+json", size: 2 } as const;

/** What was pushed for the attacks to ask for: paths. */
export interface Pushed {
  /** Of nearly 4 MiB. */
  readonly manifest: string;
  /** Of two thousand. */
  readonly tags: string;
  /** Of some 2 MiB. */
  readonly referrers: string;
  /** The manifest's bytes. */
  readonly large: Buffer;
}

/** Pushes it. */
export async function pushGround(url: URL): Promise<Pushed> {
  const config = { ...empty, digest: sha256("{}") };
  const blob = new URL(`/v2/app/blobs/uploads/?digest=${config.digest}`, url);
  await expectCreated(fetch(blob, { method: "POST", body: "{}" }));
  const image = (more: object): string =>
    JSON.stringify({ schemaVersion: 2, mediaType: imageType, config, layers: [], ...more });
  const large = Buffer.from(image({ annotations: { a: "x".repeat((4 << 20) - 1_000) } }));
  const send = (name: string, body: string | Buffer): Promise<void> =>
    expectCreated(
      fetch(new URL(`/v2/app/manifests/${name}`, url), {
        method: "PUT",
        headers: { "content-type": imageType },
        body,
      }),
    );
  await send("large", large);
  const small = image({ annotations: { a: "small" } });
  const digest = sha256(small);
  for (let n = 0; n < 20; n++) {
    const tags = Array.from({ length: 100 }, (_, i) => `tag=${"t".repeat(100)}-${n * 100 + i}`);
    await send(`${digest}?${tags.join("&")}`, small);
  }
  const subject = { mediaType: imageType, digest, size: small.length };
  for (let n = 0; n < 40; n++) {
    const body = image({ subject, annotations: { n: String(n), a: "y".repeat(50_000) } });
    await send(sha256(body), body);
  }
  return {
    manifest: "/v2/app/manifests/large",
    tags: "/v2/app/tags/list",
    referrers: `/v2/app/referrers/${digest}`,
    large,
  };
}

/** A request as text. */
export function get({ host }: URL, path: string, fields = ""): string {
  return `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${fields}\r\n`;
}

/** The head of a request that pushes a manifest of so many bytes. */
export function put({ host }: URL, path: string, length: number): string {
  const fields = `content-type: ${imageType}\r\ncontent-length: ${length}\r\n`;
  return `PUT ${path} HTTP/1.1\r\nhost: ${host}\r\n${fields}\r\n`;
}

function sha256(bytes: string | Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

async function expectCreated(answer: Promise<Response>): Promise<void> {
  const { status } = await answer;
  if (status !== 201) throw new Error(`a push was answered with ${status}`);
}
