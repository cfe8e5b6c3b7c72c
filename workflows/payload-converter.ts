// How payloads become values in workflows. What a person typed into the UI's form may be no JSON at all: the signal is then
// refused by its handler, while a converter that throws would fail the workflow's task for ever.

import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';

/** In the place of a payload that cannot be read: fits no message. */
export const UNREADABLE = Object.freeze({ unreadable: true });

export const payloadConverter: PayloadConverter = {
  toPayload: (value, ...more) => defaultPayloadConverter.toPayload(value, ...more),
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as the interface has it
  fromPayload<T>(payload: Payload): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch {
      return UNREADABLE as T; // whoever takes messages looks at their shape
    }
  },
};
