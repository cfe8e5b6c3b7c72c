// Waking the intake of a stream: a signal without payload, which starts the workflow where none is open.

import type { Client } from '@temporalio/client';
import type { EventStream } from '../store/inbox.ts';

/** The workflow's name, its signal's name, and its id: permanent, since other systems use them. */
export const INTAKE_WORKFLOW = 'eventIntake';
export const WAKE_SIGNAL = 'wake';

export function intakeId({ system, stream }: EventStream): string {
  return `intake:${system}/${stream}`;
}

/**
 * Wakes intakes, at most one wake-up of a stream under way: whoever asks meanwhile is served by one more.
 * A failure is told and not raised: the events are durable, and the sweep finds them.
 */
export class IntakeWaker {
  readonly #client: Client;
  readonly #taskQueue: string;
  readonly #onError: (stream: EventStream, error: unknown) => void;
  /** By workflow id: whether somebody has asked since the wake-up under way began. */
  readonly #under = new Map<string, { again: boolean; done: Promise<void> }>();

  constructor(
    client: Client,
    options: {
      readonly taskQueue: string;
      readonly onError: (stream: EventStream, error: unknown) => void;
    },
  ) {
    this.#client = client;
    this.#taskQueue = options.taskQueue;
    this.#onError = options.onError;
  }

  /** Resolves when the intake has been woken after this call, or that has failed. Never rejects. */
  wake(stream: EventStream): Promise<void> {
    const id = intakeId(stream);
    const under = this.#under.get(id);
    if (under !== undefined) {
      under.again = true;
      return under.done;
    }
    const entry = { again: true, done: Promise.resolve() };
    this.#under.set(id, entry);
    entry.done = this.#send(stream, entry);
    return entry.done;
  }

  async wakeAll(streams: readonly EventStream[]): Promise<void> {
    await Promise.all(streams.map((stream) => this.wake(stream)));
  }

  async #send(stream: EventStream, entry: { again: boolean }): Promise<void> {
    while (entry.again) {
      entry.again = false;
      try {
        await this.#client.workflow.signalWithStart(INTAKE_WORKFLOW, {
          workflowId: intakeId(stream),
          taskQueue: this.#taskQueue,
          args: [{ system: stream.system, stream: stream.stream }],
          signal: WAKE_SIGNAL,
          signalArgs: [],
          staticSummary: `events of ${stream.system}/${stream.stream}`,
        });
      } catch (error) {
        this.#onError(stream, error);
      }
    }
    this.#under.delete(intakeId(stream));
  }
}
