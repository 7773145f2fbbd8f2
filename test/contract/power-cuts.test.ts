import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";

const seed = String(Date.now() % 0x7fffffff);

interface Ran {
  readonly code: number;
  readonly stdout: string;
}

// Mounting takes root, which is what the tests run as on Linux. This is the short form.
describe.runIf(process.platform === "linux")("npm run crashes", () => {
  test("finds that all that was acknowledged holds after kills and power cuts", async () => {
    const { code, stdout } = await crashes("--kills", "2", "--power-cuts", "3");
    const checked = `[1-9]\\d* acknowledged operations checked, 0 lost, \\d+ s, seed ${seed}\n`;
    expect(stdout).toMatch(
      new RegExp(`^kills: 2 rounds, ${checked}power cuts: 3 rounds, ${checked}$`),
    );
    expect(code).toBe(0);
  });

  // Else a registry that loses what it acknowledged could pass.
  test.each(["journal", "blobs"])(
    "finds that a registry that does not sync its %s loses something",
    async (fault) => {
      const options = ["--kills", "0", "--power-cuts", "12", "--fault", fault];
      const { code, stdout } = await crashes(...options);
      expect(stdout).toMatch(/^power cuts: FAILED in round \d+, /);
      expect(code).toBe(1);
      const kept = /files kept in (\S+\/disk\.img)\n$/.exec(stdout)?.[1];
      expect(kept).toBeDefined();
      if (kept !== undefined) await rm(dirname(kept), { recursive: true });
    },
  );
});

function crashes(...options: readonly string[]): Promise<Ran> {
  const args = ["--import", "tsx", "scripts/crashes.ts", "--seed", seed, "--dirs", "0", ...options];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : 0;
      resolve({ code, stdout: code > 1 ? `${stdout}${stderr}` : stdout });
    });
  });
}
