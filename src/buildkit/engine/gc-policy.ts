/** What a builder's garbage collection may keep, in bytes. */
export interface DiskBudget {
  /** The cache's maximum size. */
  readonly disk: number;
  /** The space to leave free on the disk, whatever the cache holds. */
  readonly minFree?: number | undefined;
}

interface Rule {
  /** Only one: Docker's daemon does not accept a list. */
  readonly type?: string;
  readonly unusedHours?: number;
  readonly reserved: number;
  readonly most?: number;
  readonly minFree?: number;
  readonly all?: boolean;
}

/**
 * BuildKit's rules for a disk budget, in the order in which they apply. Sources that are cheap to
 * fetch again are deleted after two days and everything else after sixty, then whatever was used
 * longest ago, and finally what BuildKit itself needs. Unlike in BuildKit's default, cache mounts
 * (such as compilers' caches) have no separate rule: they are what makes a cold step warm.
 */
function gcRules({ disk, minFree }: DiskBudget): readonly Rule[] {
  const most = { most: disk, ...(minFree === undefined ? {} : { minFree }) };
  const cheap = { unusedHours: 48, reserved: Math.floor(disk / 20) };
  return [
    { type: "source.local", ...cheap },
    { type: "source.git.checkout", ...cheap },
    { unusedHours: 60 * 24, reserved: Math.floor(disk / 4) },
    { reserved: Math.floor(disk / 4), ...most },
    { reserved: Math.floor(disk / 4), ...most, all: true },
  ];
}

/**
 * As `buildkitd.toml` (BuildKit 0.17 and later; docs/buildkitd.toml.md in moby/buildkit), for the
 * drivers docker-container, kubernetes and remote.
 */
export function renderBuildkitToml(budget: DiskBudget): string {
  const rules = gcRules(budget).map((rule) =>
    [
      "  [[worker.oci.gcpolicy]]",
      ...(rule.all === true ? ["    all = true"] : []),
      ...(rule.type === undefined ? [] : [`    filters = ["type==${rule.type}"]`]),
      ...(rule.unusedHours === undefined ? [] : [`    keepDuration = "${rule.unusedHours}h"`]),
      `    reservedSpace = ${rule.reserved}`,
      ...(rule.most === undefined ? [] : [`    maxUsedSpace = ${rule.most}`]),
      ...(rule.minFree === undefined ? [] : [`    minFreeSpace = ${rule.minFree}`]),
    ].join("\n"),
  );
  return `[worker.oci]\n  gc = true\n${rules.join("\n")}\n`;
}

/** As Docker's `daemon.json` (Docker 28 and later), for the driver docker. */
export function renderDaemonJson(budget: DiskBudget): string {
  const policy = gcRules(budget).map((rule) => ({
    ...(rule.all === true ? { all: true } : {}),
    ...filterOf(rule),
    // A number with a unit would be read in multiples of 1,024.
    reservedSpace: String(rule.reserved),
    ...(rule.most === undefined ? {} : { maxUsedSpace: String(rule.most) }),
    ...(rule.minFree === undefined ? {} : { minFreeSpace: String(rule.minFree) }),
  }));
  return `${JSON.stringify({ builder: { gc: { enabled: true, policy } } }, null, 2)}\n`;
}

function filterOf({ type, unusedHours }: Rule): object {
  const filter = [
    ...(unusedHours === undefined ? [] : [`unused-for=${unusedHours}h`]),
    ...(type === undefined ? [] : [`type=${type}`]),
  ];
  return filter.length === 0 ? {} : { filter };
}
