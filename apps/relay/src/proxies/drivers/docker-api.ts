import type { Readable } from 'node:stream';
import { z } from 'zod';
import { cpuQuota } from './cpu-quota.ts';
import { type DockerCall, DockerError, dockerRequest } from './docker-request.ts';

/** Of Docker 20.10. Later ones speak it too, unless they say otherwise. */
const VERSION = '1.41';
/** Sending and unpacking 130 MB. */
const IMAGE_MS = 5 * 60_000;
/** What a container says in the header before each piece of its output. */
const LOG_HEADER_BYTES = 8;
const NANO = 1_000_000_000;

const version = z.object({ ApiVersion: z.string(), MinAPIVersion: z.string().optional() });
const info = z.object({
  OSType: z.string(),
  MemoryLimit: z.boolean().default(false),
  CpuCfsQuota: z.boolean().default(false),
});
const image = z.object({
  Id: z.string(),
  Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});
const created = z.object({ Id: z.string() });
const container = z.object({
  State: z.object({ Running: z.boolean(), Pid: z.int(), OOMKilled: z.boolean(), ExitCode: z.int(), Error: z.string() }),
});
const containers = z.array(
  z.object({
    Id: z.string(),
    State: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
);
const stats = z.object({
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: z.number() }) }),
  memory_stats: z.object({ usage: z.number().optional(), stats: z.record(z.string(), z.number()).optional() }),
});

/** What Docker can hold containers to. */
export interface DockerAbilities {
  memory: boolean;
  cpu: boolean;
}

export interface DockerLimits {
  memoryBytes: number;
  /** Cores. */
  cpus: number;
}

export interface DockerExit {
  exitCode: number;
  outOfMemory: boolean;
  /** What Docker itself says of it; mostly empty. */
  error: string;
}

/** A container, as a list shows it. */
export interface DockerContainer {
  id: string;
  running: boolean;
  labels: Record<string, string>;
}

/** The few calls of Docker's Engine API that proxies need (docs.docker.com/reference/api/engine). All throw DockerError. */
export class DockerApi {
  readonly socketPath: string;
  readonly #prefix: string;

  private constructor(socketPath: string, prefix: string) {
    this.socketPath = socketPath;
    this.#prefix = prefix;
  }

  /** Asks whether Docker is there and speaks a version of the API that this does. */
  static async connect(socketPath: string): Promise<DockerApi> {
    const answer = await dockerRequest(socketPath, { method: 'GET', path: '/version' });
    const { ApiVersion: newest, MinAPIVersion: oldest = VERSION } = parsed(version, answer, '/version');
    if (isOlder(newest, VERSION)) {
      throw new DockerError(
        `Docker at ${socketPath} is too old: it speaks version ${newest} of its API, not ${VERSION}`,
      );
    }
    return new DockerApi(socketPath, `/v${isOlder(VERSION, oldest) ? oldest : VERSION}`);
  }

  async abilities(): Promise<DockerAbilities> {
    const answer = await this.#ask(info, { method: 'GET', path: '/info' });
    if (answer.OSType !== 'linux') throw new DockerError(`Docker runs ${answer.OSType} containers, not Linux ones`);
    return { memory: answer.MemoryLimit, cpu: answer.CpuCfsQuota };
  }

  /** The labels of an image; undefined when there is none of this name. */
  async image(name: string): Promise<{ id: string; labels: Record<string, string> } | undefined> {
    const path = `/images/${encodeURIComponent(name)}/json`;
    const found = await unlessMissing(this.#ask(image, { method: 'GET', path }));
    return found && { id: found.Id, labels: found.Config?.Labels ?? {} };
  }

  /** Makes an image of a tar archive of its files; `changes` are lines of a Dockerfile. An older one of this name loses it. */
  async importImage(options: { name: string; files: Readable; changes: readonly string[] }): Promise<void> {
    const { repository, tag } = splitImageName(options.name);
    const query = { fromSrc: '-', repo: repository, tag, changes: options.changes };
    const call = { method: 'POST', path: '/images/create', query, body: options.files, timeoutMs: IMAGE_MS } as const;
    const progress = (await this.#call(call)).toString();
    // Past the head of the answer, a failure is a line of it.
    const [, failure] = /"error":("(?:[^"\\]|\\.)*")/.exec(progress) ?? [];
    if (failure !== undefined) throw new DockerError(`Docker can't make the image ${options.name}: ${failure}`);
  }

  /** Leaves an image that is in use, or that has a name. */
  async removeImage(id: string): Promise<void> {
    await unlessMissing(this.#call({ method: 'DELETE', path: `/images/${encodeURIComponent(id)}` }), [404, 409]);
  }

  /** Its id. `configuration` as in the body of ContainerCreate. */
  async createContainer(name: string, configuration: object): Promise<string> {
    const call = { method: 'POST', path: '/containers/create', query: { name }, body: configuration } as const;
    return (await this.#ask(created, call)).Id;
  }

  async startContainer(id: string): Promise<void> {
    await this.#call({ method: 'POST', path: `/containers/${id}/start` });
  }

  /** Sets the limits of a container that may be running; memory is all it has, with no swap besides. */
  async limitContainer(id: string, limits: DockerLimits): Promise<void> {
    await this.#call({ method: 'POST', path: `/containers/${id}/update`, body: limitsOf(limits) });
  }

  async renameContainer(id: string, name: string): Promise<void> {
    await this.#call({ method: 'POST', path: `/containers/${id}/rename`, query: { name } });
  }

  /** Resolves once it does not run. Waits for as long as that takes. */
  async waitForContainer(id: string, signal: AbortSignal): Promise<void> {
    await this.#call({ method: 'POST', path: `/containers/${id}/wait`, timeoutMs: 0, signal });
  }

  /** How a container ended; undefined while it runs, and when it is gone. */
  async exitOf(id: string): Promise<DockerExit | undefined> {
    const found = await unlessMissing(this.#ask(container, { method: 'GET', path: `/containers/${id}/json` }));
    if (found === undefined || found.State.Running) return undefined;
    const { ExitCode: exitCode, OOMKilled: outOfMemory, Error: error } = found.State;
    return { exitCode, outOfMemory, error };
  }

  /** Whether it was told, since a time, that a container had wanted too much memory. Docker may hear so after its end. */
  async wasOutOfMemory(id: string, since: Date): Promise<boolean> {
    const [from, until] = [since.getTime(), Date.now()].map((time) => (time / 1_000).toFixed(3));
    const filters = JSON.stringify({ type: ['container'], container: [id], event: ['oom'] });
    const events = await this.#call({ method: 'GET', path: '/events', query: { since: from, until, filters } });
    return events.length > 0;
  }

  /** Of its first process, as Docker's machine counts them; undefined when it does not run. */
  async pidOf(id: string): Promise<number | undefined> {
    const found = await unlessMissing(this.#ask(container, { method: 'GET', path: `/containers/${id}/json` }));
    return found?.State.Running === true ? found.State.Pid : undefined;
  }

  /** What it wrote to its standard error. */
  async errorsOf(id: string): Promise<string> {
    const query = { stderr: '1', tail: '50' };
    return textOfLog(await this.#call({ method: 'GET', path: `/containers/${id}/logs`, query }));
  }

  /** Takes Docker up to a second. Undefined when it does not run. */
  async usageOf(id: string): Promise<{ memoryBytes: number; cpuSeconds: number } | undefined> {
    const query = { stream: 'false', 'one-shot': 'true' };
    const asked = this.#ask(stats, { method: 'GET', path: `/containers/${id}/stats`, query });
    const found = await unlessMissing(asked, [404, 409]);
    const used = found?.memory_stats.usage;
    if (found === undefined || used === undefined) return undefined;
    // Files that were read are no need of the process: as `docker stats` has it, of cgroup v1 and v2.
    const { total_inactive_file: cachedV1, inactive_file: cachedV2 } = found.memory_stats.stats ?? {};
    const memoryBytes = Math.max(0, used - (cachedV1 ?? cachedV2 ?? 0));
    return { memoryBytes, cpuSeconds: found.cpu_stats.cpu_usage.total_usage / NANO };
  }

  /** Those that have this label, and with this value if one is given, whether they run or not. */
  async containers(label: string, value?: string): Promise<DockerContainer[]> {
    const filter = value === undefined ? label : `${label}=${value}`;
    const query = { all: 'true', filters: JSON.stringify({ label: [filter] }) };
    const found = await this.#ask(containers, { method: 'GET', path: '/containers/json', query });
    return found.map(({ Id: id, State: state, Labels: labels }) => ({
      id,
      running: state === 'running',
      labels: labels ?? {},
    }));
  }

  /** Ends it at once and removes it; one that is gone is no error. @throws DockerError 409 while it is being removed. */
  async removeContainer(id: string): Promise<void> {
    const query = { force: 'true', v: 'true' };
    await unlessMissing(this.#call({ method: 'DELETE', path: `/containers/${id}`, query }));
  }

  async #call(call: DockerCall): Promise<Buffer> {
    return await dockerRequest(this.socketPath, { ...call, path: `${this.#prefix}${call.path}` });
  }

  async #ask<T>(schema: z.ZodType<T>, call: DockerCall): Promise<T> {
    return parsed(schema, await this.#call(call), call.path);
  }
}

/** As the bodies of ContainerCreate and ContainerUpdate name them. Not NanoCpus: its periods are long enough to be felt. */
export function limitsOf({ memoryBytes, cpus }: DockerLimits): object {
  const memory = Math.floor(memoryBytes);
  const { periodUs, quotaUs } = cpuQuota(cpus);
  return { Memory: memory, MemorySwap: memory, CpuPeriod: periodUs, CpuQuota: quotaUs };
}

async function unlessMissing<T>(answer: Promise<T>, statuses: readonly number[] = [404]): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DockerError && error.status !== undefined && statuses.includes(error.status)) return undefined;
    throw error;
  }
}

function parsed<T>(schema: z.ZodType<T>, content: Buffer, path: string): T {
  try {
    return schema.parse(JSON.parse(content.toString()));
  } catch (cause) {
    throw new DockerError(`Cannot understand Docker's answer to ${path}`, { cause });
  }
}

function isOlder(one: string, other: string): boolean {
  const [[major = 0, minor = 0], [otherMajor = 0, otherMinor = 0]] = [one, other].map((text) =>
    text.split('.').map(Number),
  ) as [number[], number[]]; // as: two in, two out
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

/** `registry:5000/name:tag`: the last colon begins a tag, unless a path follows. */
function splitImageName(name: string): { repository: string; tag: string } {
  const [, repository = name, tag = 'latest'] = /^(.*?)(?::([^:/]+))?$/.exec(name) ?? [];
  return { repository, tag };
}

/** Of a container without a terminal, each piece has a header: stream, three zeros, length. */
function textOfLog(content: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + LOG_HEADER_BYTES <= content.length;) {
    const end = at + LOG_HEADER_BYTES + content.readUInt32BE(at + 4);
    pieces.push(content.subarray(at + LOG_HEADER_BYTES, end));
    at = end;
  }
  return Buffer.concat(pieces).toString();
}
