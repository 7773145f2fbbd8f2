/**
 * The thread that compares passwords with bcrypt hashes, which keeps a processor busy for tens to
 * thousands of milliseconds. JavaScript, since node runs it without a build in the tests;
 * `scripts/build.ts` bundles it beside the files that start it.
 *
 * It is sent `{ id, password, hashes }` and answers `{ id, right }` or `{ id, failed }`: whether the
 * first hash is of the password. The others are compared for the time that it takes.
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
