/** A request that is not answered, in one line that says why. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** Of HTTP. */
  readonly status: number;
  /** More than the line, where whoever asked can go on with it. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.details = details;
  }
}
