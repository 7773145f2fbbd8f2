import { type Digest, digestOf } from "../../src/oci/digest.ts";
import type { Store } from "../../src/server/store/store.ts";

/** Pushes a blob into an open store. */
export async function pushTo(store: Store, content: Uint8Array, name = "app"): Promise<Digest> {
  const digest = digestOf(content);
  const upload = store.uploads.once(name, digest);
  await upload.file.append(chunks(content));
  await upload.file.seal(digest);
  await store.commit(upload, digest);
  return digest;
}

async function* chunks(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(content);
}
