import { until } from './until.js'

const arrived = 0
const opened = 1

/** A point where guests stand still until the host opens it: tests order what happens on other threads by gates, never by the clock. */
export class Gate {
  readonly #cells = new Int32Array(new SharedArrayBuffer(8))

  /** Guest source that stands at the gate; the isolate needs the gate's `globals`. Its completion value is 'passed'. */
  readonly hold =
    `Atomics.add(gate, ${arrived}, 1); while (Atomics.load(gate, ${opened}) === 0) Atomics.wait(gate, ${opened}, 0); 'passed'`

  /** Guest source that opens the gate from another isolate. */
  readonly release = `Atomics.store(gate, ${opened}, 1); Atomics.notify(gate, ${opened})`

  /** Guest source that stands at the gate without ever sleeping. */
  readonly spin = `Atomics.add(gate, ${arrived}, 1); while (Atomics.load(gate, ${opened}) === 0); 'passed'`

  get globals(): { gate: Int32Array } {
    return { gate: this.#cells }
  }

  /** How many guests have come to the gate. */
  get arrivals(): number {
    return Atomics.load(this.#cells, arrived)
  }

  reached(guests = 1): Promise<void> {
    return until(() => this.arrivals >= guests, `${guests} guests at the gate, ${this.arrivals} came`)
  }

  open(): void {
    Atomics.store(this.#cells, opened, 1)
    Atomics.notify(this.#cells, opened)
  }
}
