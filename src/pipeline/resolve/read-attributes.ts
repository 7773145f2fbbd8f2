import { messageOf, systemCodeOf } from "../../errors.ts";
import type { Exec } from "../../exec.ts";
import type { RawAttributes, ReadAttributes } from "../../inputs/files/file-attributes.ts";

/** Reads extended attributes, for which Node has no call. */
export interface AttributeReader {
  readonly read: ReadAttributes;
  /** What could not be read, one sentence each. */
  readonly warnings: () => readonly string[];
}

interface AttributeReaderOptions {
  readonly exec: Exec;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

type Found = ReadonlyMap<string, RawAttributes>;

interface Program {
  readonly argv: readonly string[];
  readonly parse: (stdout: string) => Found;
}

/** Prints names and values, each ended by a NUL; exits 3 if the system has no attributes. */
const script = `
import os, sys
if not hasattr(os, "listxattr"): sys.exit(3)
out = sys.stdout.buffer
for file in map(os.fsencode, sys.argv[1:]):
    try: names = os.listxattr(file, follow_symlinks=False)
    except OSError: continue
    for name in names:
        try: value = os.getxattr(file, name, follow_symlinks=False)
        except OSError: continue
        out.write(b"\\0".join([file, os.fsencode(name), value.hex().encode(), b""]))
`;

/** The first that works is used. A shim for Python may take ten times as long as Python. */
const programs: readonly Program[] = [
  {
    argv: ["getfattr", "-h", "-P", "-d", "-m", "-", "-e", "hex", "--absolute-names", "--"],
    parse: parseGetfattr,
  },
  { argv: ["/usr/bin/python3", "-I", "-S", "-c", script], parse: parseScript },
  { argv: ["python3", "-I", "-S", "-c", script], parse: parseScript },
];

const notFound = "neither getfattr nor python3 was found";

/** Bytes of paths per call: Linux accepts at least 2 MiB of arguments and environment. */
const mostBytes = 512 << 10;
const mostOutput = 256 << 20;
const timeoutMs = 120_000;

/** Reads with `getfattr`, or else Python. What neither can read is ignored, and reported. */
export function createAttributeReader(options: AttributeReaderOptions): AttributeReader {
  let usable = programs;
  let failure: string | undefined;
  const read = async (files: readonly string[]): Promise<Found | undefined> => {
    for (const program of usable) {
      const outcome = await runProgram(program, files, options);
      if (typeof outcome !== "string") {
        usable = [program];
        return outcome;
      }
      if (failure === undefined || outcome !== notFound) failure = outcome;
    }
    usable = [];
    return undefined;
  };
  return {
    read,
    warnings: () => (usable.length > 0 || failure === undefined ? [] : [unreadable(failure)]),
  };
}

function unreadable(why: string): string {
  return `cannot read the extended attributes of files, such as capabilities (${why}). Changes to such attributes do not trigger builds. If files in your contexts have extended attributes, install getfattr (package attr) or python3`;
}

/** One sentence if the program cannot be used. */
async function runProgram(
  { argv, parse }: Program,
  files: readonly string[],
  { exec, env, signal }: AttributeReaderOptions,
): Promise<Found | string> {
  const found = new Map<string, RawAttributes>();
  for (const some of inPieces(files)) {
    try {
      const result = await exec([...argv, ...some], {
        env: { ...env, LC_ALL: "C" },
        signal,
        purpose: "reading extended attributes",
        maxOutput: mostOutput,
        timeout: timeoutMs,
      });
      // getfattr exits 1 if a single file cannot be read, but reads the others.
      if (result.exitCode > 1) return `${argv[0] ?? ""} exited with ${result.exitCode}`;
      for (const [file, attributes] of parse(result.stdout)) found.set(file, attributes);
    } catch (error) {
      if (signal?.aborted === true) throw error;
      return reasonOf(error, argv[0] ?? "");
    }
  }
  return found;
}

/** Replaces the error's own message, which would contain every path. */
function reasonOf(error: unknown, program: string): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (systemCodeOf(cause) === "ENOENT") {
    return notFound;
  }
  return `${program} failed: ${messageOf(cause ?? "killed by a signal")}`;
}

function* inPieces(files: readonly string[]): Generator<readonly string[]> {
  let piece: string[] = [];
  let bytes = 0;
  for (const file of files) {
    const size = Buffer.byteLength(file) + 9;
    if (bytes + size > mostBytes && piece.length > 0) {
      yield piece;
      [piece, bytes] = [[], 0];
    }
    piece.push(file);
    bytes += size;
  }
  if (piece.length > 0) yield piece;
}

function parseScript(stdout: string): Found {
  const found = new Map<string, RawAttributes>();
  const fields = stdout.split("\0");
  for (let at = 0; at + 3 < fields.length; at += 3) {
    const [file = "", name = "", value = ""] = fields.slice(at, at + 3);
    found.set(file, [...(found.get(file) ?? []), [name, value]]);
  }
  return found;
}

/** Parses blocks of `# file: PATH` and `NAME=0xVALUE`; line ends and backslashes are in octal. */
function parseGetfattr(stdout: string): Found {
  const found = new Map<string, RawAttributes>();
  let file = "";
  for (const line of stdout.split("\n")) {
    if (line.startsWith("# file: ")) file = unquote(line.slice("# file: ".length));
    else if (line !== "") {
      const [name = "", value = ""] = line.split(/=(?=0x[0-9a-f]*$)/);
      found.set(file, [...(found.get(file) ?? []), [unquote(name), value.slice(2)]]);
    }
  }
  return found;
}

function unquote(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
