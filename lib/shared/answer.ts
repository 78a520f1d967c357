/** What an answer to a guest's call is. */
export const Answer = {
  /** What the host's function threw. */
  Thrown: 0,
  Value: 1,
  /** A function that gives the steps of an asynchronous iterator: see `Step`. */
  Stream: 2,
} as const
export type Answer = (typeof Answer)[keyof typeof Answer]

/** What is asked of an iterator on the other side. */
export const Step = { Next: 0, Return: 1, Throw: 2 } as const
export type Step = (typeof Step)[keyof typeof Step]
