import { MessageChannel } from "node:worker_threads";

/**
 * A port whose other end is closed: what is handed over to it is freed at once. Node 20 has no
 * other way (`ArrayBuffer.prototype.transfer` came later).
 */
const { port1: nowhere, port2: closed } = new MessageChannel();
closed.close();
nowhere.unref();

/** Small buffers may share Node's pool (8 KiB, 64 KiB in newer ones), which cannot be handed over. */
const leastBytes = 1 << 20;

/**
 * Frees a large buffer. The garbage collector would let some 30 MiB of them pile up in each thread,
 * since it sees only the small object that owns the bytes. Nobody may use the bytes any more.
 */
export function release({ buffer }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < leastBytes) return;
  nowhere.postMessage(undefined, [buffer]);
}
