import { expect, it } from "vitest";
import { printBake } from "../../src/buildkit/print-bake.ts";
import { messageOf } from "../../src/errors.ts";
import { exec } from "../../src/exec.ts";
import { loadFiles } from "../support/config-files.ts";
import { testEngine } from "../support/engine.ts";

/** Values of a bake file that another evaluation may change, found out with the real buildx. */

const { buildx: path, env } = testEngine();

interface Case {
  readonly title: string;
  readonly bake: string;
  readonly file?: string;
  readonly warnings: readonly string[];
  readonly labels?: readonly string[];
}

const time = "which changes over time, so the leg is rebuilt each time";
const newEachTime = "which changes with each plan, so the leg is never reused";
const machine = "which depends on the machine that creates the plan";
const app = "docker-bake.hcl, target app";

const target = (body: string, name = "app"): string => `target "${name}" {\n${body}\n}\n`;

const cases: readonly Case[] = [
  {
    title: "a label from the time",
    bake: target('labels = {\n"org.opencontainers.image.created" = timestamp()\n}'),
    warnings: [
      `${app}: the label org.opencontainers.image.created comes from timestamp(), ${time}`,
    ],
    labels: ["org.opencontainers.image.created"],
  },
  {
    title: "a date, and a part of it",
    bake: target(
      'args = {\nDAY = formatdate("YYYY-MM-DD", timestamp())\nHOUR = formatdate("hh", timestamp())\nZONE = formatdate("ZZZ", timestamp())\n}',
    ),
    warnings: [
      `${app}: the argument DAY comes from timestamp(), ${time}`,
      `${app}: the argument HOUR comes from timestamp(), ${time}`,
    ],
  },
  {
    title: "time through a variable, a function and an attribute",
    bake: `variable "NOW" {\ndefault = timestamp()\n}\nfunction "day" {\nparams = [x]\nresult = formatdate("DD", x)\n}\ntoday = day(NOW)\n${target("args = {\nA = NOW\nB = today\nC = day(NOW)\n}")}`,
    warnings: ["A", "B", "C"].map(
      (name) => `${app}: the argument ${name} comes from timestamp(), ${time}`,
    ),
  },
  {
    title: "time in a template, with a comment before the parenthesis",
    bake: target('args = {\nA = "at ${timestamp /* now */ ()}"\n}'),
    warnings: [`${app}: the argument A comes from timestamp(), ${time}`],
  },
  {
    title: "time in a tag alone, which is the config's",
    bake: target('tags = ["a/b:${formatdate("YYYYMMDD", timestamp())}"]'),
    warnings: [],
  },
  {
    title: "time in another target alone",
    bake: target("") + target("args = {\nA = timestamp()\n}", "other"),
    warnings: [],
  },
  {
    title: "the words in texts, comments and names",
    bake: `# timestamp() and HOME\n${target('args = {\nHOME = "timestamp() of ${upper("home")}"\ntimestamp = "$${timestamp()}"\nuuidv4 = <<EOT\nBAKE_LOCAL_PLATFORM uuidv4()\nEOT\n}')}`,
    warnings: [],
  },
  {
    title: "random values",
    bake: target(
      'args = {\nU = uuidv4()\nB = bcrypt("a", 4)\nC = bcrypt("a")\nV = uuidv5("dns", "x")\n}',
    ),
    warnings: [
      `${app}: the argument U comes from uuidv4(), ${newEachTime}`,
      `${app}: the argument B comes from bcrypt(), ${newEachTime}`,
      `${app}: the argument C comes from bcrypt(), ${newEachTime}`,
    ],
  },
  {
    title: "the machine's platform",
    bake: target("platforms = [BAKE_LOCAL_PLATFORM]"),
    warnings: [
      `${app}: the value of platforms comes from BAKE_LOCAL_PLATFORM, ${machine}: list the platforms instead`,
    ],
  },
  {
    title: "the machine's architecture without its system",
    bake: target('args = {\nARCH = split("/", BAKE_LOCAL_PLATFORM)[1]\n}'),
    warnings: [
      `${app}: the argument ARCH comes from BAKE_LOCAL_PLATFORM, ${machine}: list the platforms instead`,
    ],
  },
  {
    title: "the context of the command, which is the same everywhere",
    bake: target("args = {\nC = BAKE_CMD_CONTEXT\n}"),
    warnings: [],
  },
  {
    title: "the user's folder",
    bake: `variable "HOME" {\ndefault = null\n}\n${target("args = {\nG = homedir()\nH = HOME\n}")}`,
    warnings: [
      `${app}: the argument G comes from homedir(), ${machine}`,
      `${app}: the argument H comes from HOME, ${machine}`,
    ],
  },
  {
    // bake looks for the file even to print, and another folder has none.
    title: "a secret from the user's folder",
    bake: `variable "HOME" {\ndefault = null\n}\n${target('secret = ["id=aws,src=${HOME}/.profile"]')}`,
    warnings: [`docker-bake.hcl: some values might come from HOME, ${machine}`],
  },
  {
    title: "several targets at once",
    bake: `group "app" {\ntargets = ["x", "y", "z"]\n}\n${["x", "y", "z"].map((name) => target("args = {\nT = timestamp()\n}", name)).join("")}`,
    warnings: [
      `docker-bake.hcl, target x (and 2 more): the argument T comes from timestamp(), ${time}`,
    ],
  },
  {
    title: "the name of a target",
    bake: 'target "app" {\nname = "app-${item}"\nmatrix = {\nitem = [formatdate("YYYY", timestamp())]\n}\n}',
    warnings: [`docker-bake.hcl: the name of a target comes from timestamp(), ${time}`],
  },
  {
    title: "a file whose own rules refuse other values",
    bake: `variable "P" {\ndefault = BAKE_LOCAL_PLATFORM\nvalidation {\ncondition = P == "linux/amd64"\nerror_message = "no"\n}\n}\n${target("platforms = [P]")}`,
    warnings: [
      `docker-bake.hcl: some values might come from BAKE_LOCAL_PLATFORM, ${machine}: list the platforms instead`,
    ],
  },
  {
    title: "JSON, a letter of it escaped",
    file: "docker-bake.json",
    bake: '{"variable": {"HOME": {}}, "target": {"app": {"args": {"HOME": "${HOME}", "T": "${\\u0074imestamp()}"}}}}',
    warnings: [
      `docker-bake.json, target app: the argument T comes from timestamp(), ${time}`,
      `docker-bake.json, target app: the argument HOME comes from HOME, ${machine}`,
    ],
  },
];

it.each(cases)("a bake file: $title", async ({ bake, file = "docker-bake.hcl", ...expected }) => {
  const { variants, warnings } = await loadFiles(
    {
      [file]: bake,
      "secrets/.profile": "",
      "layerkeep.yml": `import: [{bake: ${file}, targets: [app]}]`,
    },
    {
      printBake: (request) => {
        const home = `${request.folder}/secrets`;
        return printBake({ path, env: { ...env, HOME: home }, exec }, request);
      },
    },
  );
  expect(warnings).toEqual(expected.warnings);
  expect(variants[0]?.movingLabels).toEqual(expected.labels ?? []);
});

it("names keys that this buildx does not know, and are missing from what it prints", async () => {
  const bake = target('policy = [{ filename = "a.rego" }]\nresources = { memory = "1g" }');
  const config = "import: [{bake: docker-bake.hcl, targets: [app]}]";
  const loading = loadFiles(
    { "docker-bake.hcl": bake, "layerkeep.yml": config },
    { printBake: (request) => printBake({ path, env, exec }, request) },
  );
  const said = await loading.then(
    ({ warnings }) => warnings,
    (error: unknown) => [messageOf(error)],
  );
  // A newer one prints the policy, which is refused.
  expect(said.join("\n")).toMatch(/not imported: policy|policy is not supported/);
});
