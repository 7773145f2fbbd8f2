import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Result, ResultOf, Task } from "./tasks.ts";

/** Each takes some 25 MB of memory. */
const mostThreads = 4;

/** Does tasks, several at once if it has threads. */
export interface Crew extends AsyncDisposable {
  /** How many tasks it does at once. */
  readonly size: number;
  /** The buffers of the task are handed over: they come back with the result. */
  run<One extends Task>(task: One): Promise<ResultOf<One>>;
}

interface Asked {
  readonly task: Task;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/** A crew with a thread for each core, four at most. They start when there is work for them. */
export function threadCrew(size = Math.min(mostThreads, availableParallelism())): Crew {
  const crew = new Threads(size);
  return {
    size,
    run: <One extends Task>(task: One) => crew.run(task) as Promise<ResultOf<One>>,
    [Symbol.asyncDispose]: () => crew.end(),
  };
}

class Threads {
  readonly #size: number;
  readonly #all: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #waiting: Asked[] = [];
  readonly #running = new Map<Worker, Asked>();
  #failure: Error | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  run(task: Task): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#waiting.push({ task, resolve, reject });
      this.#next();
    });
  }

  async end(): Promise<void> {
    this.#fail(new Error("the work was ended"));
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }

  #next(): void {
    const asked = this.#waiting[0];
    if (asked === undefined) return;
    const worker = this.#idle.pop() ?? this.#start();
    if (worker === undefined) return;
    this.#waiting.shift();
    this.#running.set(worker, asked);
    worker.postMessage(asked.task, buffersOf(asked.task));
  }

  #start(): Worker | undefined {
    if (this.#all.length >= this.#size) return undefined;
    const worker = startThread();
    this.#all.push(worker);
    worker.on("message", (answer: Answer) => {
      const asked = this.#running.get(worker);
      this.#running.delete(worker);
      this.#idle.push(worker);
      if ("result" in answer) asked?.resolve(answer.result);
      else
        asked?.reject(
          Object.assign(new Error(answer.failed.message), { code: answer.failed.code }),
        );
      this.#next();
    });
    worker.on("error", (cause) => this.#fail(new Error("a worker thread failed", { cause })));
    worker.on("exit", () => this.#fail(new Error("a worker thread ended")));
    return worker;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of [...this.#running.values(), ...this.#waiting]) reject(error);
    this.#running.clear();
    this.#waiting.length = 0;
  }
}

type Answer =
  | { readonly result: Result }
  | { readonly failed: { readonly message: string; readonly code?: string } };

/** The file is beside each bundle that includes this one. From the sources, tsx runs it. */
function startThread(): Worker {
  if (!import.meta.url.endsWith(".ts")) {
    return new Worker(new URL("./dir-thread.cjs", import.meta.url));
  }
  const source = JSON.stringify(new URL("./thread.ts", import.meta.url).href);
  const code = `import("tsx/esm/api").then(({ register }) => (register(), import(${source})));`;
  return new Worker(code, { eval: true });
}

function buffersOf(task: Task): ArrayBuffer[] {
  return [task.kind === "compress" || task.kind === "unpack" ? task.bytes.buffer : task.buffer];
}
