// Why a field could not be made. A fault travels where the value would; nothing is thrown for a record.

import { cleanMessage, excerpt } from '../expressions/excerpt.ts';
import type { SourceValue, Value, Violation } from '../domain/values.ts';

export class Fault {
  readonly rule: string;
  readonly message: string;
  readonly value: SourceValue | undefined;

  constructor(rule: string, message: string, value?: SourceValue) {
    this.rule = rule;
    this.message = message;
    this.value = value;
  }

  /** Whole-record when `field` is null. */
  toViolation(field: string | null): Violation {
    const { rule, message, value } = this;
    return {
      ...(field === null ? {} : { field }),
      rule,
      message: cleanMessage(message),
      ...(value === undefined ? {} : { value: excerpt(value) }),
    };
  }
}

/** A value on its way to a field; undefined is absent. */
export type Outcome = Value | undefined | Fault;
