/**
 * The thread that compares passwords with bcrypt hashes, which keeps a CPU busy for tens to
 * thousands of milliseconds. It is JavaScript so that tests run it without a build;
 * `scripts/build.ts` bundles it next to the files that start it.
 *
 * It receives `{ id, password, hashes }` and answers `{ id, right }` or `{ id, failed }`: whether the
 * first hash matches the password. The others are compared only to take the same time.
 */
import { parentPort } from "node:worker_threads";
import { compareSync } from "bcryptjs";

parentPort?.on("message", ({ id, password, hashes }) => {
  try {
    const [right] = hashes.map((hash) => compareSync(password, hash));
    parentPort.postMessage({ id, right });
  } catch (error) {
    parentPort.postMessage({ id, failed: String(error) });
  }
});
