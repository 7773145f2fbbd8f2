import { knownText, type Text } from "../../../expressions/value.ts";

/** Secrets that GitHub and GitLab give to jobs. */
const secretSources = [
  /\bsecrets\.(?!inherit\b)[\w-]+/,
  /\bgithub\.token\b/,
  /\$CI_(?:JOB_TOKEN|REGISTRY_PASSWORD|DEPLOY_PASSWORD|DEPENDENCY_PROXY_PASSWORD)\b/,
];

/** Tokens whose form tells what they are. */
const tokens =
  /\b(?:gh[opsu]_\w{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|npm_\w{36}|dckr_pat_[\w-]{20,}|AKIA[A-Z\d]{16}|xox[bp]-[\w-]{20,})/;

/** Words of names that hold secrets, as in BuildKit's check SecretsUsedInArgOrEnv. */
const secretName =
  /(?:^|[_-])(?:API_?KEY|AUTH|CREDENTIALS?|PASSWD|PASSWORD|PASS|PRIVATE_?KEY|ACCESS_?KEY|SECRET|TOKEN)(?:$|[_-](?!FILE|PATH|ID|URL|NAME|VERSION|TYPE|PUBLIC))/i;

/** Whether a value certainly is or contains a secret, or may be one by its name. */
export function isSecret(name: string, value: Text): "surely" | "maybe" | "no" {
  const sources = value.unknown.map(({ expression }) => expression);
  if (sources.some((source) => secretSources.some((one) => one.test(source)))) return "surely";
  const literal = knownText(value);
  if (literal !== undefined) return tokens.test(literal) ? "surely" : "no";
  const isPlain = sources.every((source) => /^(?:vars|matrix|strategy|inputs\.)\b/.test(source));
  return secretName.test(name) && !/PUBLIC/i.test(name) && !isPlain ? "maybe" : "no";
}
