import { Worker } from "node:worker_threads";

interface Asked {
  readonly resolve: (right: boolean) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that compares passwords, so that the serving thread is not blocked. */
export class BcryptThread {
  #worker: Worker | undefined;
  #last = 0;
  readonly #asked = new Map<number, Asked>();

  /**
   * Whether the first hash matches the password. The others are compared only to take the same
   * time. The first comparison starts the thread; if it ended, the next one starts it again.
   * Rejects if the thread fails.
   */
  compare(password: string, hashes: readonly string[]): Promise<boolean> {
    const worker = (this.#worker ??= this.#start());
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      worker.postMessage({ id, password, hashes });
    });
  }

  close(): void {
    void this.#worker?.terminate();
  }

  #start(): Worker {
    // The file is next to this one in the sources, and next to each bundle that includes this file.
    const worker = new Worker(new URL("./bcrypt-worker.js", import.meta.url));
    // The thread does not keep a finished process alive.
    worker.unref();
    worker.on("message", (answer: unknown) => this.#answer(answer));
    worker.on("error", (cause) => this.#end(worker, cause));
    worker.on("exit", () => this.#end(worker));
    return worker;
  }

  #answer(answer: unknown): void {
    if (typeof answer !== "object" || answer === null) return;
    if (!("id" in answer) || typeof answer.id !== "number") return;
    const asked = this.#asked.get(answer.id);
    this.#asked.delete(answer.id);
    if ("right" in answer) asked?.resolve(answer.right === true);
    else asked?.reject(new Error("failed" in answer ? String(answer.failed) : "no response"));
  }

  #end(worker: Worker, cause?: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const error = new Error("the password-checking thread ended", { cause });
    for (const { reject } of this.#asked.values()) reject(error);
    this.#asked.clear();
  }
}
