import { expect, it } from "vitest";
import { adviceFor } from "./advice.ts";

const env = { HOME: "/home/ann" };

it.each<[string, NodeJS.ProcessEnv, RegExp]>([
  ['no builder "ci" found', env, /^run `docker buildx create --name ci`/],
  [
    "mkdir /home/ann/.docker/buildx/defaults: permission denied",
    env,
    /`sudo chown -R "\$\(id -u\)" \/home\/ann\/\.docker\/buildx`, or set BUILDX_CONFIG/,
  ],
  [
    "stat /home/ann/.docker/buildx: permission denied",
    env,
    /`sudo chown -R .* \/home\/ann\/\.docker\/buildx`/,
  ],
  ["open /x/activity/ci: permission denied", { ...env, BUILDX_CONFIG: "/x" }, /chown -R .* \/x`/],
  [
    "mkdir /home/ann/.docker/buildx: read-only file system",
    env,
    /^set BUILDX_CONFIG to a writable folder$/,
  ],
  ["dial unix /var/run/docker.sock: connect: permission denied", env, /docker group/],
  ["open /home/ann/.docker/buildx2/x: permission denied", env, /docker group/],
  ["cannot connect", env, /^start Docker/],
])("%s", (said, env, advice) => {
  expect(adviceFor(said, { name: "ci", env })).toMatch(advice);
});
