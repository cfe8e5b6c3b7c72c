// The task queues of a project.

/** Where drains of event streams run: they wait most of the time, and must not wait for a snapshot's activities. */
export function eventQueue(taskQueue: string): string {
  return `${taskQueue}@events`;
}
