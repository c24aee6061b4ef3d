/** What a person reads: here the errors, with what to do about them. */

import { quote } from "./quote.ts";

/** What a {@linkcode UserError} may say besides its message. */
export interface UserErrorOptions extends ErrorOptions {
  /** What the person can do about it; printed on a line of its own. */
  remedy?: string | undefined;
  /** What explains the failure in full; printed only with `--verbose`. */
  detail?: string | undefined;
}

/**
 * A failure that a person can fix. Its message says what was attempted and,
 * after a colon, the state of things; it is printed without a stack trace.
 */
export class UserError extends Error {
  override name = "UserError";
  readonly remedy: string | undefined;
  readonly detail: string | undefined;

  constructor(message: string, options: UserErrorOptions = {}) {
    super(message, options);
    this.remedy = options.remedy;
    this.detail = options.detail;
  }
}

/** What Deno says of a call that failed, without the errno's number. */
export function stateOf(cause: unknown): string {
  // Deno's message: "Permission denied (os error 13): open '/etc/x'".
  return cause instanceof Error
    ? cause.message.replace(/ \(os error \d+\).*/s, "")
    : String(cause);
}

/** Wrong usage: the usage of the command follows the message, exit status 2. */
export class UsageError extends UserError {
  override name = "UsageError";
}

/** A command that cannot be run; its exit status is that of shells. */
export class LaunchError extends UserError {
  override name = "LaunchError";
  readonly status: 126 | 127;

  constructor(command: string, isFound: boolean, state: string) {
    super(`Cannot run ${quote(command)}: ${state}`);
    this.status = isFound ? 126 : 127;
  }
}
