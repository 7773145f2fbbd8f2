import { RegistryError, UsageError } from "../../errors.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";
import { redactUrl } from "../transport/address.ts";
import { maxTries } from "../transport/pace/retry.ts";
import {
  type ApiAnswer,
  parseBase,
  ProviderApi,
  quoted,
  type ApiContext,
  saidBy,
  textField,
} from "../api/provider-api.ts";

export interface EcrOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** With temporary credentials. */
  readonly sessionToken?: string | undefined;
  /** AWS's endpoint for the repository's region by default. */
  readonly endpoint?: string | undefined;
}

/** Which of AWS's two registry services a host belongs to, and where to reach it. */
export interface EcrPlace {
  readonly service: "ecr" | "ecr-public";
  readonly region: string;
  readonly endpoint: string;
  /** The account that owns the registry; undefined for a public one. */
  readonly registryId: string | undefined;
}

const privateHost =
  /^(\d{12})\.dkr[.-]ecr(-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.(com(?:\.cn)?)|on\.(?:aws|amazonwebservices\.com\.cn))$/;

/** Undefined if the host does not belong to ECR. */
export function ecrPlace(host: string): EcrPlace | undefined {
  if (host === "public.ecr.aws") {
    // The one region in which the public registry is managed.
    const region = "us-east-1";
    const endpoint = `https://api.ecr-public.${region}.amazonaws.com`;
    return { service: "ecr-public", region, endpoint, registryId: undefined };
  }
  const [, registryId, fips, region, domain] = privateHost.exec(host.toLowerCase()) ?? [];
  if (registryId === undefined || region === undefined) return undefined;
  const top = domain ?? (region.startsWith("cn-") ? "com.cn" : "com");
  const name = fips === undefined ? "api.ecr" : "ecr-fips";
  const endpoint = `https://${name}.${region}.amazonaws.${top}`;
  return { service: "ecr", region, endpoint, registryId };
}

/** ECR's API, JSON 1.1, signed with Signature Version 4 (docs.aws.amazon.com/AmazonECR/latest/APIReference). */
export class EcrApi {
  readonly #api: ProviderApi;
  readonly #context: ApiContext;
  readonly #options: EcrOptions;

  constructor(context: ApiContext, options: EcrOptions) {
    this.#context = context;
    this.#options = options;
    this.#api = new ProviderApi("ECR", context);
  }

  /** The answer to one action. Throws a registry error for anything but success. */
  async call(
    repository: Repository,
    place: EcrPlace,
    action: string,
    input: Readonly<Record<string, unknown>>,
    signal: AbortSignal | undefined,
  ): Promise<ApiAnswer> {
    for (let number = 1; ; number++) {
      const answer = await this.#once(repository, place, action, input, signal);
      if (answer.status === 200) return answer;
      const type = errorType(answer);
      // AWS reports throttling with a 400.
      const busy = type === "ThrottlingException" || type === "LimitExceededException";
      if (!busy || number >= maxTries) {
        throw this.#failed(repository, place.service, action, answer, type);
      }
      await this.#context.transport.pause(number + 1, signal);
    }
  }

  malformed(answer: ApiAnswer, what: string): Error {
    return this.#api.malformed(answer, what);
  }

  async #once(
    repository: Repository,
    place: EcrPlace,
    action: string,
    input: Readonly<Record<string, unknown>>,
    signal: AbortSignal | undefined,
  ): Promise<ApiAnswer> {
    const { endpoint, ...credentials } = this.#options;
    const url = parseBase(endpoint ?? place.endpoint, this.#context.transport);
    const service =
      place.service === "ecr" ? "AmazonEC2ContainerRegistry_V20150921" : "SpencerFrontendService";
    const body = JSON.stringify(input);
    const now = new Date((this.#context.clock ?? Date.now)());
    // Loaded only for deletion in ECR.
    const { AwsV4Signer } = await import("aws4fetch");
    const signed = await new AwsV4Signer({
      method: "POST",
      url: url.href,
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `${service}.${action}`,
      },
      body,
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey,
      ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken }),
      service: place.service,
      region: place.region,
      datetime: now.toISOString().replace(/[:-]|\.\d{3}/g, ""),
    }).sign();
    const headers = Object.fromEntries(signed.headers.entries());
    return this.#api.ask(repository, { method: "POST", url, headers, body, signal });
  }

  #failed(
    repository: Repository,
    service: EcrPlace["service"],
    action: string,
    answer: ApiAnswer,
    type: string | undefined,
  ): RegistryError {
    const said = [type, saidBy(answer)].filter((part) => part !== undefined).join(": ");
    return new RegistryError({
      method: answer.method,
      url: `${redactUrl(answer.url)} (${action})`,
      status: answer.status,
      reason: said === "" ? undefined : `ECR answered: ${said}`,
      hint: hintFor(type, formatRepository(repository), `${service}:${action}`),
    });
  }
}

/** Throws a usage error if the host does not belong to ECR. */
export function needPlace(repository: Repository): EcrPlace {
  const place = ecrPlace(repository.host);
  if (place !== undefined) return place;
  throw new UsageError(`${repository.host} is not an ECR registry`, {
    hint: "use ACCOUNT.dkr.ecr.REGION.amazonaws.com or public.ecr.aws",
  });
}

/** `com.amazonaws…#RepositoryNotFoundException` in some services, the name alone in others. */
function errorType(answer: ApiAnswer): string | undefined {
  const type = textField(answer.json, "__type") ?? answer.header("x-amzn-errortype");
  return type === undefined ? undefined : quoted(type.replace(/^.*#/, "").replace(/:.*$/, ""));
}

function hintFor(type: string | undefined, name: string, action: string): string {
  switch (type) {
    case "RepositoryNotFoundException":
      return `${name} does not exist: check the name, the account and the region`;
    case "AccessDeniedException":
      return `grant the credentials ${action} on ${name}`;
    case "ExpiredTokenException":
      return "the session has expired: get new temporary credentials";
    case "UnrecognizedClientException":
    case "InvalidSignatureException":
    case "SignatureDoesNotMatchException":
    case "IncompleteSignatureException":
    case "MissingAuthenticationTokenException":
      return "check the access key, the secret key, the session token and the clock of this machine";
    default:
      return `check ${name} and the credentials, and try again later`;
  }
}
