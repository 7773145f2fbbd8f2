import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A folder to save, and what is done to it between two saves. */
export interface BenchTree {
  readonly name: string;
  readonly bytes: number;
  readonly make: (folder: string) => void;
  /** One after the other, each followed by a save. */
  readonly changes: readonly { readonly what: string; readonly make: (folder: string) => void }[];
}

const mebi = 1 << 20;

/**
 * The trees of the budgets: 20,000 mixed files of 1 GiB together, of which a quarter of the bytes
 * does not compress; one file of 1 GiB; and 200,000 small files. A `scale` below 1 makes them smaller.
 */
export function benchTrees(scale: number): readonly BenchTree[] {
  const [mixed, small, large] = [20_000 * scale, 200_000 * scale, 1024 * scale].map(Math.round);
  return [filesOf(mixed ?? 0, 53_687), largeFile(large ?? 0), filesOf(small ?? 0, 500)];
}

function filesOf(files: number, size: number): BenchTree {
  /** Writes every `step`th file again. */
  const write = (folder: string, step: number): void => {
    for (let number = 0; number < files; number += step) {
      const parent = join(folder, String(number % 100), String(number % 7));
      mkdirSync(parent, { recursive: true });
      const isText = number % 4 !== 0;
      const content = isText ? text(`${step}-${number}`, size) : randomBytes(size);
      writeFileSync(join(parent, String(number)), content);
    }
  };
  return {
    name: `${files} files of ${size} bytes`,
    bytes: files * size,
    make: (folder) => write(folder, 1),
    changes: [{ what: "5 % changed", make: (folder) => write(folder, 20) }],
  };
}

function largeFile(mebibytes: number): BenchTree {
  const fileIn = (folder: string): string => join(folder, "large.bin");
  return {
    name: `one file of ${mebibytes} MiB`,
    bytes: mebibytes * mebi,
    make: (folder) => {
      mkdirSync(folder, { recursive: true });
      const opened = openSync(fileIn(folder), "w");
      for (let at = 0; at < mebibytes; at++) {
        writeSync(opened, at % 4 === 0 ? randomBytes(mebi) : Buffer.from(text(String(at), mebi)));
      }
      closeSync(opened);
    },
    changes: [
      {
        what: "5 % edited in place",
        make: (folder) => {
          const opened = openSync(fileIn(folder), "r+");
          for (let at = 0; at < mebibytes; at += 20) {
            writeSync(opened, randomBytes(mebi), 0, mebi, at * mebi);
          }
          closeSync(opened);
        },
      },
      {
        what: "shifted by 1000 bytes",
        make: (folder) => {
          const before = readFileSync(fileIn(folder));
          writeFileSync(fileIn(folder), Buffer.concat([randomBytes(1000), before]));
        },
      },
    ],
  };
}

/** Text that compresses to about half, as sources do. */
function text(seed: string, bytes: number): string {
  let line = createHash("sha256").update(seed).digest("hex");
  const lines: string[] = [];
  for (let length = 0; length < bytes; length += 52) {
    lines.push(`const ${line.slice(0, 12)} = require("./${line.slice(20, 40)}");\n`);
    line = createHash("sha256").update(line).digest("hex");
  }
  return lines.join("").slice(0, bytes);
}
