import { type BigIntStats, constants } from "node:fs";

/** A file's state at a moment, in little memory. */
export interface FileStats {
  readonly type: "file" | "dir" | "link" | "fifo" | "socket" | "device";
  /** All permission bits. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  /** A device's kind and number. */
  readonly device: string;
  readonly dev: bigint;
  readonly ino: bigint;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  /** When anything of it changed last, attributes included; it cannot be set. */
  readonly ctime: bigint;
}

/** Which of the system's mode bits count. */
export function fileStatsOf(stats: BigIntStats): FileStats {
  const type = typeOf(stats);
  return {
    type,
    mode: Number(stats.mode) & 0o7777,
    size: Number(stats.size),
    device: type === "device" ? `${stats.isBlockDevice() ? "b" : "c"}${stats.rdev}` : "",
    dev: stats.dev,
    ino: stats.ino,
    mtime: stats.mtimeNs,
    ctime: stats.ctimeNs,
  };
}

/** Whether a file was not touched at all between two reads. */
export function isUntouched(one: FileStats, other: FileStats): boolean {
  return one.ctime === other.ctime && one.size === other.size && hasSameNames(one, other);
}

/** The same except for the size and the change time: a folder whose names are the same. */
export function hasSameNames(one: FileStats, other: FileStats): boolean {
  return (
    one.mtime === other.mtime &&
    one.ino === other.ino &&
    one.dev === other.dev &&
    one.mode === other.mode &&
    one.type === other.type
  );
}

const setByHandNs = 1_000_000_000n;

/** Whether a file's time was set: a write sets both times to the same moment. */
export function hasSetTime({ mtime, ctime }: FileStats): boolean {
  const apart = ctime - mtime;
  return apart > setByHandNs || apart < -setByHandNs;
}

function typeOf({ mode }: BigIntStats): FileStats["type"] {
  switch (Number(mode) & constants.S_IFMT) {
    case constants.S_IFREG:
      return "file";
    case constants.S_IFDIR:
      return "dir";
    case constants.S_IFLNK:
      return "link";
    case constants.S_IFIFO:
      return "fifo";
    case constants.S_IFSOCK:
      return "socket";
    default:
      return "device";
  }
}
