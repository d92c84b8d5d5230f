import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What a process of the bench can be asked to do. */
// oxlint-disable-next-line typescript/no-explicit-any -- parameters are contravariant: only `any` accepts all functions
export type Calls = Record<string, (...parameters: any[]) => unknown>;

interface Request {
  id: number;
  name: string;
  parameters: unknown[];
}

type Reply = { id: number; value: unknown } | { id: number; error: string };

/** Answers the calls of the process that forked this one, and ends with it. */
export function serveCalls(calls: Calls): void {
  const serve = async ({ id, name, parameters }: Request): Promise<void> => {
    try {
      process.send?.({ id, value: await calls[name]!(...parameters) }); // RemoteProcess knows the names
    } catch (error) {
      process.send?.({ id, error: (error as Error).stack ?? String(error) });
    }
  };
  process.on('message', (request: Request) => void serve(request));
  process.on('disconnect', () => process.exit());
}

/** A process of the bench, called like an object: measuring must not share an event loop with what is measured. */
export class RemoteProcess<Served extends Calls> implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;

  constructor(module: URL) {
    this.#process = fork(module, { serialization: 'advanced' });
    this.#process.on('message', (reply: Reply) => {
      const call = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if ('error' in reply) call?.reject(new Error(reply.error));
      else call?.resolve(reply.value);
    });
    this.#process.on('exit', (code, signal) => {
      const error = new Error(`Process ${module.pathname} ended with ${code ?? signal}`);
      for (const call of this.#pending.values()) call.reject(error);
      this.#pending.clear();
    });
  }

  get pid(): number {
    return this.#process.pid!; // set once spawned; a fork that fails throws
  }

  async call<Name extends keyof Served & string>(
    name: Name,
    ...parameters: Parameters<Served[Name]>
  ): Promise<Awaited<ReturnType<Served[Name]>>> {
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<unknown>();
    this.#pending.set(id, answer);
    this.#process.send({ id, name, parameters } satisfies Request);
    return (await answer.promise) as Awaited<ReturnType<Served[Name]>>; // as: the other side serves `Served`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }
}
