/** A text with its secrets replaced by `***`. */
export type Mask = (text: string) => string;

/**
 * Text that is shown, kept or sent on, with secrets replaced: the `known` values and each line of
 * them, the user and password of an address, the value after a name such as `NPM_TOKEN=`,
 * `Bearer …`, and tokens of well-known shapes. This does not prove that no secret is left.
 */
export function maskSecrets(text: string, known: readonly string[] = []): string {
  return maskOf(known)(text);
}

/** `maskSecrets` for many texts. */
export function maskOf(known: readonly string[]): Mask {
  const spelled = [...new Set(known.flatMap(spellingsOf))].sort((a, b) => b.length - a.length);
  return (text) => {
    let masked = text;
    for (const value of spelled) masked = masked.replaceAll(value, mask);
    for (const { pattern, keep } of shapes) masked = masked.replace(pattern, `${keep}${mask}`);
    return masked.replace(assignment, (whole, name: string, between: string) =>
      isSecretName(name) ? `${name}${between}${mask}` : whole,
    );
  };
}

/** Masks an output line by line; all lines of a private key. */
export class LineMasker {
  readonly #mask: Mask;
  /** Lines of a private key that has begun; 0 outside of one. */
  #keyLines = 0;

  constructor(mask: Mask) {
    this.#mask = mask;
  }

  /** The next line, masked. */
  next(line: string): string {
    const masked = this.peek(line);
    const isKey = this.#keyLines > 0 || keyBegin.test(line);
    this.#keyLines =
      isKey && !keyEnd.test(line) && this.#keyLines < longestKey ? this.#keyLines + 1 : 0;
    return masked;
  }

  /** A line that has not ended yet, masked. */
  peek(line: string): string {
    return this.#keyLines > 0 ? mask : this.#mask(line);
  }
}

/** A value as texts may contain it: as a whole, and line by line. */
function spellingsOf(value: string): readonly string[] {
  if (value.length < shortestKnown) return [];
  const lines = value.split("\n").map((line) => line.trim());
  return [value, ...(lines.length > 1 ? lines.filter((l) => l.length >= shortestGuessed) : [])];
}

/** Whether the name of a variable or an argument suggests a secret. */
export function isSecretName(name: string): boolean {
  if (/(?:^|[_.-])public(?:$|[_.-])/i.test(name)) return false;
  if (/token(?!i[sz])|passw|passphrase|secret|credential|api[_-]?key|private[_-]?key/i.test(name)) {
    return true;
  }
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").split(/[^A-Za-z0-9]+/);
  return words.some((word) => secretWords.has(word.toLowerCase()));
}

/** A program's arguments as an error may show them. */
export function redactArguments(argv: readonly string[]): readonly string[] {
  return argv.map((arg) => {
    // Replaced as a whole: an argument's value may contain spaces.
    const [, head = "", name = ""] = /^((?:--[\w-]+=)?([A-Za-z_][\w.-]*)=)/.exec(arg) ?? [];
    return isSecretName(name) ? `${head}${mask}` : maskSecrets(arg);
  });
}

/** The values of the named environment variables, and of those whose names suggest a secret. */
export function secretValues(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[] = [],
): readonly string[] {
  return Object.entries(env).flatMap(([name, value = ""]) =>
    names.includes(name) || (isSecretName(name) && value.length >= shortestGuessed) ? [value] : [],
  );
}

const mask = "***";
/** Replacing a shorter value would damage too much of the text. */
const shortestKnown = 4;
/** `SSH_AUTH_SOCK=1` is not a secret, and a value that nobody named as one may be a common word. */
const shortestGuessed = 8;

const secretWords: ReadonlySet<string> = new Set([
  "key",
  "keys",
  "auth",
  "authorization",
  "pat",
  "pwd",
  "pass",
  "sig",
  "signature",
  "cookie",
  "jwt",
  "apikey",
]);

/**
 * `NAME=value`, `NAME="a value"` in a shell or escaped with backslashes, `"name": "value"` in JSON.
 */
const assignment =
  /\b([A-Za-z_][\w.-]{0,100})(=|\\?"\s?:\s?)(?:\\?"(?:[^"\\]|\\[^"])*\\?"|\\?'[^']*'|[^\s"',;&\\]+)/g;

interface Shape {
  readonly pattern: RegExp;
  /** The part of a match that is kept. */
  readonly keep: string;
}

const keyBegin = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const keyEnd = /-----END [A-Z ]*-----/;
/** Lines; an RSA key of 16384 bits has about 200. */
const longestKey = 300;

/** Searched for in whole build logs: what precedes a required character has a bounded length. */
const shapes: readonly Shape[] = [
  // The ssh user is not a secret: git@github.com.
  { pattern: /\b((?!ssh:|git\+ssh:)[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"'<>]+(?=@)/gi, keep: "$1" },
  { pattern: /\b([Bb]earer|[Bb]asic) (?=\S*[0-9A-Z=])[\w+/=.~-]{8,}/g, keep: "$1 " },
  {
    pattern:
      /\b((?:authorization|private-token|job-token|x-[\w-]{0,60}(?:key|token)): )(?!Basic|Bearer)[^\s"'*]+/gi,
    keep: "$1",
  },
  {
    pattern: new RegExp(`${keyBegin.source}[\\s\\S]*?(?:${keyEnd.source}|$)`, "g"),
    keep: "",
  },
  // GitHub, GitLab, npm, Docker Hub, PyPI, Hugging Face.
  { pattern: /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|gl[a-z]{2,5}-[\w-]{16,})/g, keep: "" },
  { pattern: /\b(?:npm_\w{20,}|dckr_[a-z]{3}_[\w-]{20,}|pypi-[\w-]{30,}|hf_\w{20,})/g, keep: "" },
  // AWS, Google, Slack, Stripe and others that begin with sk-.
  { pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}/g, keep: "" },
  { pattern: /\bxox[a-z]-[\w-]{10,}|\bsk[-_](?:live_|test_|ant-|proj-)?[\w-]{20,}/g, keep: "" },
  // A JSON web token (RFC 7519): base64url of {"….
  { pattern: /\beyJ[\w-]{8,1000}\.[\w-]{4,}(?:\.[\w-]*)?/g, keep: "" },
];
